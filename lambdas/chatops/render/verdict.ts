import type { ChangeRecord, ChangeReport } from '../../contracts/record.ts';
import type { Links } from '../../runtime/chat-ports.ts';
import { context, type Laid, type Letter, letter, section, whole } from './blocks.ts';
import { figuresPart } from './figures.ts';
import { nextPart } from './next.ts';
import { endOf, wasStopped } from './outcome.ts';
import { blockersPart, inFull, planParts, shortHash, tablePart } from './plan-parts.ts';
import { goal } from './root.ts';
import { classInWords, stateTable } from './states.ts';
import { code, moment, recordLink, said } from './text.ts';

const LONGEST_ERROR = 900;

/** The database as it was and as it is, where the change is about that: what was found before an early end is in the plan. */
function tableOf({ outcome, before, after }: ChangeReport, planOnly: boolean): string[] {
  if (outcome === 'unchanged' && after) return stateTable(['now'], [after]);
  if (!before) return [];
  if (planOnly) return stateTable(['now'], [before]);
  if (after) return stateTable(['before', 'after'], [before, after]);
  return outcome === 'needs-operator' ? stateTable(['before'], [before]) : [];
}

function whoStopped({ timeline }: ChangeRecord): Laid[] {
  const asked = timeline.find((event) => event.type === 'cancel-requested');
  if (!asked) return [];
  return [whole(section(`*Stopped by* ${said(asked.by)}${asked.reason === undefined ? '' : `:\n> ${said(asked.reason, LONGEST_ERROR)}`}`))];
}

/** Why it ended so: who stopped it, the blockers of the plan, or the error. */
function reasonPart(record: ChangeRecord, report: ChangeReport, showsPlan: boolean): Laid[] {
  const { outcome, plan, error } = report;
  if (wasStopped(report)) return whoStopped(record);
  const isBlocked = outcome === 'refused' && plan !== undefined && error?.message === plan.blockers.join('; ');
  if (isBlocked) return showsPlan ? [] : [blockersPart(plan)];
  return error ? [whole(section(`*Why*: ${said(error.name)}\n> ${said(error.message, LONGEST_ERROR)}`))] : [];
}

/** How a change ended, what that means, what it rests on, and what to do next. */
export function renderVerdict(record: ChangeRecord, report: ChangeReport, locked: boolean, links: Links): Letter {
  const { changeId, request } = record;
  const { outcome, before, after, plan } = report;
  const { sign, says, meaning } = endOf(report, locked);
  const line = `${sign} *${says}*: ${goal(request)}\n${meaning}`;
  const table = tableOf(report, request.planOnly);
  const showsPlan = request.planOnly && plan !== undefined && outcome !== 'unchanged';
  const unread =
    outcome === 'needs-operator' && !after ? [whole(section('How the database stands now is not on record: look yourself.'))] : [];
  const { cluster, database } = request.target;
  const hash = plan ? [`plan ${code(shortHash(plan))}`] : [];
  const ended = record.endedAt === undefined ? [] : [moment(record.endedAt)];
  return letter(
    line,
    [
      whole(section(line)),
      ...reasonPart(record, report, showsPlan),
      ...unread,
      tablePart(table),
      ...(showsPlan && before ? [whole(context(classInWords(before)))] : []),
      ...(showsPlan ? planParts(plan) : []),
      ...figuresPart(record, report, links),
      ...nextPart(record, report, locked, links),
      whole(context(`change ${code(changeId)}`, ...hash, ...ended, recordLink(links.record(changeId)))),
    ],
    plan && inFull(changeId, `${cluster}/${database}`, plan, table),
  );
}
