import type { Gate } from '../../contracts/approval.ts';
import type { ChangeRecord, ChangeSummary, Lock } from '../../contracts/record.ts';
import type { Links } from '../../runtime/chat-ports.ts';
import { endOf, type Standing } from './outcome.ts';
import { askedBy, goal } from './root.ts';
import { standingOf } from './standing.ts';
import { code, fitted, moment, recordLink, said } from './text.ts';

/** How many that have ended are shown. */
const LATEST = 10;
/** Slack advises to keep a text below 4,000 characters. */
const ROOM = 1_700;

const heldBy = (changeId: string, locks: readonly Lock[]): Lock | undefined => locks.find((lock) => lock.changeId === changeId);

const lockInWords = ({ since, leaseUntil, holder }: Lock): string =>
  `holds the lock since ${moment(since)}, vouched for until ${moment(leaseUntil)} (${said(holder.description, 100)})`;

const UNKNOWN: Standing = { sign: ':gear:', says: 'no end on record' };

function running({ changeId, request, startedAt }: ChangeSummary, locks: readonly Lock[], { sign, says } = UNKNOWN): string {
  const lock = heldBy(changeId, locks);
  return `${sign} ${goal(request)}: ${says}, began ${moment(startedAt)}${lock ? `, ${lockInWords(lock)}` : ''} ${code(changeId)}`;
}

function ended({ changeId, request, startedAt, endedAt, report }: ChangeSummary, locks: readonly Lock[]): string {
  const isLocked = heldBy(changeId, locks) !== undefined;
  const { sign, says } = report ? endOf(report, isLocked) : { sign: ':grey_question:', says: 'ended' };
  return `${sign} ${goal(request)}: ${says}, ${moment(endedAt ?? startedAt)}${isLocked ? ', the lock is kept' : ''} ${code(changeId)}`;
}

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`*${title}*`, ...fitted(lines, ROOM).lines];

/**
 * All changes, as mrkdwn: those that go on, then the latest that have ended.
 * @param changes - newest first.
 * @param standings - of those that go on, by their ids, as far as they were looked at. @default none was
 */
export function renderStatus(
  changes: readonly ChangeSummary[],
  locks: readonly Lock[],
  standings: ReadonlyMap<string, Standing> = new Map(),
): string {
  if (changes.length === 0) return 'No changes are on record.';
  const goingOn = changes.filter(({ report }) => !report);
  const over = changes.filter(({ report }) => report).slice(0, LATEST);
  return [
    ...titled(
      'Going on',
      goingOn.map((change) => running(change, locks, standings.get(change.changeId))),
    ),
    ...(goingOn.length === 0 ? ['Nothing is going on.'] : []),
    ...titled(
      'Ended',
      over.map((change) => ended(change, locks)),
    ),
  ].join('\n');
}

/** How one change stands, as mrkdwn. */
export function renderOne(record: ChangeRecord, gate: Gate | undefined, lock: Lock | undefined, links: Links): string {
  const { changeId, request, report, startedAt, endedAt, timeline } = record;
  const { sign, says } = standingOf(record, gate, lock !== undefined);
  const step = report ? undefined : timeline.findLast((event) => event.type === 'step-started');
  return [
    `${sign} ${goal(request)}: *${says}*${askedBy(request)}`,
    `began ${moment(startedAt)}${endedAt === undefined ? '' : `, ended ${moment(endedAt)}`}`,
    ...(step ? [`latest step: ${said(step.step)}, ${moment(step.at)}`] : []),
    ...(report?.error ? [`${said(report.error.name)}: ${said(report.error.message, 900)}`] : []),
    ...(lock ? [lockInWords(lock)] : []),
    `change ${code(changeId)}, ${recordLink(links.record(changeId))}`,
  ].join('\n');
}
