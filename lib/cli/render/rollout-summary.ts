import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOMES, type RolloutOutcome } from '../../../lambdas/contracts/rollout-outcomes.ts';
import { type NotApplied, type RolloutSummary, summaryOf } from '../../../lambdas/domain/rollout/summary.ts';
import type { Output } from '../output.ts';
import type { RolloutView } from '../rollout/view.ts';
import { countsInWords, lengthInWords, several, shortHash } from '../rollout/words.ts';
import { cut } from './rollout-targets.ts';
import { section } from './section.ts';
import { renderTable } from './table.ts';

const STYLE: Readonly<Partial<Record<RolloutOutcome, Parameters<Output['style']>[0]>>> = {
  completed: 'green',
  planned: 'cyan',
  undone: 'yellow',
  incomplete: 'yellow',
};

/** Waves with how many of their targets stand where. */
export const renderWaves = ({ waves }: Pick<RolloutSummary, 'waves'>): string =>
  renderTable(
    waves.map(({ wave, targets, counts, phase }) => [
      `wave ${wave}`,
      several(targets, 'target'),
      countsInWords(counts),
      phase.replace('-', ' '),
    ]),
  );

const durations = ({ durations: found }: RolloutSummary): string[] =>
  found ? [`a change took ${lengthInWords(found.medianSeconds)} (median), ${lengthInWords(found.p95Seconds)} (95th percentile)`] : [];

/** What has no change of its own yet, or never gets one. */
const isUntouched = ({ wave, state }: NotApplied): boolean => wave === 0 || state === 'waiting';

function notAppliedLine(entry: NotApplied): string[] {
  const { target, id, state, says, changeId } = entry;
  const why = says === undefined ? state : `${state}: ${says}`;
  return [`${target} (${id})  ${why}${isUntouched(entry) ? '' : `  [${changeId}]`}`];
}

/** Those that something happened to come before those that wait. */
const notApplied = ({ notApplied: targets }: RolloutSummary, all: boolean): string[] =>
  section(
    'not applied',
    cut(
      targets.toSorted((a, b) => Number(a.state === 'waiting') - Number(b.state === 'waiting')),
      all,
      notAppliedLine,
    ),
  );

/** What somebody may do next. */
function nextSteps({ request, status, outcome }: RolloutRecord, summary: RolloutSummary, output: Output): string[] {
  const { rolloutId } = request;
  const { counts } = summary;
  const needed = summary.notApplied.find(({ state }) => state === 'needs-operator');
  const say = (words: string, why: string) => `${why}: ${output.invocation(words)}`;
  const isOver = status !== 'running' && outcome !== 'planned';
  return section('next', [
    ...(needed === undefined
      ? []
      : [
          say(`show ${needed.changeId}`, 'look what happened'),
          say(`clear ${needed.changeId}`, 'once the database is in order, release its lock'),
        ]),
    ...(isOver && (counts.waiting ?? 0) > 0 ? [say(`rollout resume ${rolloutId}`, 'go on with what is left')] : []),
    ...(isOver && request.file.wanted.syncerMode === 'distributed' && (counts.applied ?? 0) > 0
      ? [say(`rollout undo ${rolloutId}`, 'send back what was applied')]
      : []),
    ...(status === 'running' ? [say(`rollout watch ${rolloutId}`, 'follow it')] : []),
    ...(isOver ? [say(`rollout show ${rolloutId}`, 'its story')] : []),
  ]);
}

function headline({ outcome, status, stop }: RolloutRecord, summary: RolloutSummary, output: Output): string[] {
  const title = output.style('bold', `rollout ${summary.rolloutId}`);
  const meaning = status === 'paused' ? 'Nothing of it is running; it can go on.' : 'It is under way.';
  return [
    `${title}  ${outcome ? output.style(STYLE[outcome] ?? 'red', outcome) : status}`,
    outcome ? ROLLOUT_OUTCOMES[outcome].meaning : meaning,
    ...(stop ? [`stopped: ${stop.says}`] : []),
  ];
}

/**
 * How a rollout stands or ended, for people.
 * @param all - also the targets that a long list leaves out.
 * @param withNext - say what somebody may do next.
 */
export function renderSummary({ record, targets }: RolloutView, all: boolean, output: Output, withNext = true): string {
  const summary = summaryOf(record, targets);
  return [
    ...headline(record, summary, output),
    '',
    ...(summary.waves.length > 0 ? [renderWaves(summary), ''] : []),
    `${several(targets.length, 'target')}: ${countsInWords(summary.counts)}`,
    ...durations(summary),
    ...notApplied(summary, all),
    ...(record.plan ? [`plan ${shortHash(record.plan.hash)}`] : []),
    ...(withNext ? nextSteps(record, summary, output) : []),
  ].join('\n');
}
