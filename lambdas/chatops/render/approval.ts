import type { ApprovalRequest, Gate } from '../../contracts/approval.ts';
import type { ChangeRecord } from '../../contracts/record.ts';
import { LONGEST_REASON, type Window } from '../../contracts/request.ts';
import { context, type Letter, letter, section, whole } from './blocks.ts';
import { decisionButtons, decisionsPart, settledBy } from './decisions.ts';
import { endOf, type Standing } from './outcome.ts';
import { inFull, planParts, shortHash, tablePart } from './plan-parts.ts';
import { expectationTable } from './states.ts';
import { code, moment, said } from './text.ts';

const targetOf = ({ target }: ApprovalRequest): string => `${target.cluster}/${target.database} (${target.id})`;

/** Somebody may still decide: nobody has decided yet, and the change has neither ended nor been asked to stop. */
const isOpen = ({ report, timeline }: ChangeRecord, { status }: Gate): boolean =>
  status === 'waiting' && !report && !timeline.some(({ type }) => type === 'cancel-requested');

/** What came of the question, by the decisions: the gate itself is closed when the change ends. */
const answer = ({ report }: ChangeRecord, gate: Gate): Standing =>
  settledBy(gate) ??
  (report
    ? { sign: endOf(report, true).sign, says: 'Not decided, and no decision is needed any more' }
    : { sign: ':octagonal_sign:', says: 'Asked to stop: no decision is needed any more' });

const windowInWords = (window: Window): string =>
  'calendar' in window ? `calendar ${said(window.calendar)}` : `${moment(window.opensAt)} to ${moment(window.closesAt)}`;

/** What an approval would let happen, in one line. */
function inOneLine({ plan, expected, ...request }: ApprovalRequest): string {
  const what = `${targetOf({ plan, expected, ...request })} → ${expected.syncerMode}, plan ${shortHash(plan)}. `;
  return `${what}Clients: ${plan.clientImpact.join('; ') || 'nothing is known'}`;
}

/** What an approver is asked, and, once that is over, what came of it. @param locked - whether the change holds its lock. */
export function renderApproval(record: ChangeRecord, gate: Gate, locked: boolean): Letter {
  const { report } = record;
  const { request } = gate;
  const { changeId, target, plan, expected, requestedBy, reason, window, expiresAt } = request;
  const open = isOpen(record, gate);
  const { sign, says } = open ? { sign: ':raised_hand:', says: 'Approval needed' } : answer(record, gate);
  const line = `${sign} *${says}*: ${said(`${target.cluster}/${target.database}`)} (${said(target.id)}) → ${expected.syncerMode}`;
  const table = expectationTable(request, record.report !== undefined);
  const who = `Asked by ${requestedBy === undefined ? 'unknown' : said(requestedBy, 200)}`;
  const terms = [
    ...(window ? [`window: ${windowInWords(window)}`] : []),
    ...(open ? [`decide until ${moment(expiresAt)}`] : []),
    `plan ${code(shortHash(plan))}`,
    `change ${code(changeId)}`,
  ];
  const end = report && endOf(report, locked);
  return letter(
    line,
    [
      whole(section(line)),
      whole(section(reason === undefined ? who : `${who}:\n> ${said(reason, LONGEST_REASON)}`)),
      tablePart(table),
      ...planParts(plan),
      decisionsPart(gate),
      ...(end ? [whole(section(`${end.sign} The change is over: *${end.says}*. ${end.meaning}`))] : []),
      whole(context(...terms)),
      ...(open ? [decisionButtons({ changeId, planHash: plan.hash }, inOneLine(request))] : []),
    ],
    inFull(changeId, targetOf(request), plan, table),
  );
}
