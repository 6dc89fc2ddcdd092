import type { Outcome } from '../../contracts/outcomes.ts';
import type { ChangeRecord, ChangeReport } from '../../contracts/record.ts';
import type { Links } from '../../runtime/chat-ports.ts';
import { type Laid, section, whole } from './blocks.ts';
import { wasStopped } from './outcome.ts';
import { code, linkTo, said } from './text.ts';

/** What somebody does next, as the runbook says it under the outcome. */
const NEXT: Partial<Record<Outcome, string>> = {
  refused: 'Remove what stands in the way, then plan again.',
  rejected: 'Settle the reason, then ask again.',
  expired: 'Ask again, with a longer time for the approval if the window lies further away.',
  drifted: 'Look at what moved, then plan again.',
  'window-missed': 'Ask again for another window.',
  'rolled-back': 'Correct the cause, then ask again.',
};

/** A rollback leaves policies wide unless it was asked to restore them. */
function isLeftWide({ outcome, before, after }: ChangeReport): boolean {
  const isOther = ({ id, policy }: { id: string; policy: string }) =>
    after?.endpoints.some((endpoint) => endpoint.id === id && endpoint.policy !== policy);
  return outcome === 'rolled-back' && before?.endpoints.some(isOther) === true;
}

/** What is on record of the release of a lock. */
function released({ timeline }: ChangeRecord): string {
  const notes = timeline.filter((event) => event.type === 'note').map(({ text }) => text);
  const note = notes.findLast((text) => text.startsWith('lock cleared'));
  return note === undefined ? '' : `: ${said(note)}`;
}

const place = ({ request: { target } }: ChangeRecord): string => `${target.cluster}/${target.database}`;

function ofNeedy(record: ChangeRecord, locked: boolean, help: string, command: Links['command']): string {
  if (!locked) return `*The lock is released*${released(record)}. Other changes may touch this database again (${help}).`;
  return [
    '*The lock is kept*: no other change touches this database.',
    `1. Look at the database (${code(`/syncshift inspect ${place(record)}`)}), and at the error in the ${help}.`,
    `2. When it is as you want it: ${code(command(`clear ${record.changeId}`))}`,
  ].join('\n');
}

/** What to do next, if there is anything to do. */
export function nextPart(record: ChangeRecord, report: ChangeReport, locked: boolean, { runbook, command }: Links): Laid[] {
  const { outcome } = report;
  const help = linkTo(`${runbook}#${outcome}`, 'runbook');
  if (outcome === 'needs-operator') return [whole(section(ofNeedy(record, locked, help, command)))];
  const next = wasStopped(report) ? undefined : NEXT[outcome];
  const lines = [
    ...(isLeftWide(report) ? ['The proxy policy stays wide, which is harmless.'] : []),
    ...(next === undefined ? [] : [`*Next*: ${next} (${help})`]),
  ];
  return lines.length === 0 ? [] : [whole(section(lines.join('\n')))];
}
