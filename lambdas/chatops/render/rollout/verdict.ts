import type { RolloutRecord, RolloutTarget } from '../../../contracts/rollout.ts';
import type { RolloutOutcome } from '../../../contracts/rollout-outcomes.ts';
import type { ChatMessage, SharedText } from '../../../ports/chat.ts';
import type { Links } from '../../../runtime/chat-ports.ts';
import { context, type Laid, type Letter, letter, list, section, whole } from '../blocks.ts';
import { aligned, code, linkTo, moment, said } from '../text.ts';
import { durationsInWords } from './durations.ts';
import { rolloutGoal } from './root.ts';
import type { RolloutSource } from './source.ts';
import { endOf } from './standing.ts';
import { countsInWords, many, onOneLine, TARGET_TITLES, targetCells, targetInWords } from './words.ts';

/** How many of those that are not applied are named. */
const MOST_NAMED = 20;
const ROOM = 2_700;

const isNotApplied = ({ state }: RolloutTarget): boolean => state !== 'applied' && state !== 'unchanged';

/** Everything that is not applied, with the reason, as a text. */
function notAppliedFile({ request }: RolloutRecord, targets: readonly RolloutTarget[]): SharedText {
  const { rolloutId } = request;
  // Reasons are of any length, so they come last and widen no column.
  const lines = aligned([[...TARGET_TITLES, 'why'], ...targets.map((target) => [...targetCells(target), onOneLine(target.says ?? '')])]);
  return { name: `${rolloutId}-not-applied.txt`, title: `What is not applied of ${rolloutId}`, text: `${lines.join('\n')}\n` };
}

/** The first of those that are not applied; worst first, because some of them wait for somebody. */
function notAppliedPart(targets: readonly RolloutTarget[]): Laid {
  const urgent = ({ state }: RolloutTarget): number => Number(state !== 'needs-operator');
  const shown = targets.toSorted((one, other) => urgent(one) - urgent(other)).slice(0, MOST_NAMED);
  const more = targets.length - shown.length;
  const lines = [...shown.map(targetInWords), ...(more > 0 ? [`… and ${more} more`] : [])];
  const laid = list(`*Not applied: ${targets.length}*`, lines, ROOM);
  return { ...laid, isWhole: laid.isWhole && more === 0 };
}

/** What somebody does next, as the runbook says it under the outcome. */
const NEXT: Partial<Record<RolloutOutcome, string>> = {
  refused: 'Remove what stands in the way, then plan again.',
  rejected: 'Settle the reason, then start it again.',
  expired: 'Start it again, with a longer time for the approval.',
  'window-missed': 'Start it again for another window.',
  undone: 'Correct the cause, then start it again.',
  'needs-operator': 'Look at each target that needs an operator; its lock is kept until somebody clears it.',
};

function nextPart({ request, outcome }: RolloutRecord, { runbook }: Links): Laid[] {
  const next = outcome && NEXT[outcome];
  if (next !== undefined) return [whole(section(`*Next*: ${next} (${linkTo(`${runbook}#rollouts`, 'runbook')})`))];
  if (outcome !== 'incomplete') return [];
  const typed = (words: string) => code(`/syncshift rollout ${words} ${request.rolloutId}`);
  return [whole(section(`*Next*: go on with what is left by ${typed('resume')}, or send back what is applied by ${typed('undo')}.`))];
}

/** In place of the verdict on a rollout that had ended, while it is on its way again. */
export function renderGoesOn({ request }: RolloutRecord): ChatMessage {
  const line = `:arrow_forward: ${rolloutGoal(request)} had ended, and goes on: how it stands, the first message says.`;
  return letter(line, [whole(section(line))]).message;
}

/** How a rollout ended, what that means, how many targets ended how and how fast, and everything that is not applied. */
export function renderRolloutVerdict({ record, targets, links }: RolloutSource, outcome: RolloutOutcome): Letter {
  const { request, stop, endedAt } = record;
  const { sign, says, meaning } = endOf(outcome);
  const line = `${sign} *${says}*: ${rolloutGoal(request)}\n${meaning}`;
  // Of a mere plan nothing was to be applied.
  const notApplied = request.planOnly ? [] : targets.filter(isNotApplied);
  const durations = durationsInWords(targets);
  return letter(
    line,
    [
      whole(section(line)),
      ...(stop ? [whole(section(`*Why*\n> ${said(stop.says, 900)}`))] : []),
      ...(targets.length > 0 && !request.planOnly
        ? [whole(section([`*${many(targets.length, 'target')}*: ${countsInWords(targets)}`, ...durations].join('\n')))]
        : []),
      notAppliedPart(notApplied),
      ...nextPart(record, links),
      whole(context(`rollout ${code(request.rolloutId)}`, ...(endedAt === undefined ? [] : [moment(endedAt)]))),
    ],
    notAppliedFile(record, notApplied),
  );
}
