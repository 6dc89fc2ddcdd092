import type { ConfirmationDialog } from '@slack/types';
import type { ApprovalRequest, Decision, Gate } from '../../contracts/approval.ts';
import { ACTIONS, type PlanReference } from '../../contracts/chat-task.ts';
import type { ChangeRecord } from '../../contracts/record.ts';
import { LONGEST_REASON, type Window } from '../../contracts/request.ts';
import { approvalsMissing } from '../../domain/approval.ts';
import { buttons, context, type Laid, type Letter, letter, list, mrkdwn, plain, section, whole } from './blocks.ts';
import { endOf, type Standing } from './outcome.ts';
import { inFull, planParts, shortHash, tablePart } from './plan-parts.ts';
import { expectationTable } from './states.ts';
import { code, moment, said } from './text.ts';

/** Slack takes 300 characters in a dialog. */
const LONGEST_CONFIRMATION = 280;
const ROOM_FOR_DECISIONS = 1_200;

const targetOf = ({ target }: ApprovalRequest): string => `${target.cluster}/${target.database} (${target.id})`;

/** Somebody may still decide: nobody has decided yet, and the change has neither ended nor been asked to stop. */
const isOpen = ({ report, timeline }: ChangeRecord, { status }: Gate): boolean =>
  status === 'waiting' && !report && !timeline.some(({ type }) => type === 'cancel-requested');

/** What came of the question, by the decisions: the gate itself is closed when the change ends. */
function answer({ report }: ChangeRecord, gate: Gate): Standing {
  const by = (verdict: Decision['verdict']) => gate.decisions.find((decision) => decision.verdict === verdict)?.by;
  const alone = by('break-glass');
  if (by('reject') !== undefined) return { sign: ':x:', says: 'Rejected' };
  if (alone !== undefined) return { sign: ':rotating_light:', says: `Let through by ${said(alone)} alone` };
  if (approvalsMissing(gate) === 0) return { sign: ':thumbsup:', says: 'Approved' };
  if (report) return { sign: endOf(report, true).sign, says: 'Not decided, and no decision is needed any more' };
  return { sign: ':octagonal_sign:', says: 'Asked to stop: no decision is needed any more' };
}

const PAST = { approve: ':thumbsup: approved by', reject: ':x: rejected by', 'break-glass': ':rotating_light: let through alone by' };

const decided = ({ by, verdict, at, reason }: Decision): string =>
  `${PAST[verdict]} ${said(by)}, ${moment(at)}${reason === undefined ? '' : `: ${said(reason)}`}`;

function decisionsPart(gate: Gate): Laid {
  const { approvals } = gate.request;
  const heading = `*Approvals: ${approvals - approvalsMissing(gate)} of ${approvals}*`;
  return gate.decisions.length === 0 ? whole(section(heading)) : list(heading, gate.decisions.map(decided), ROOM_FOR_DECISIONS);
}

const windowInWords = (window: Window): string =>
  'calendar' in window ? `calendar ${said(window.calendar)}` : `${moment(window.opensAt)} to ${moment(window.closesAt)}`;

function confirmation({ plan, expected, ...request }: ApprovalRequest): ConfirmationDialog {
  const what = `${targetOf({ plan, expected, ...request })} → ${expected.syncerMode}, plan ${shortHash(plan)}. `;
  return {
    title: plain('Approve this plan?'),
    text: mrkdwn(said(`${what}Clients: ${plan.clientImpact.join('; ') || 'nothing is known'}`, LONGEST_CONFIRMATION)),
    confirm: plain('Approve'),
    deny: plain('Back'),
  };
}

function decisionButtons(request: ApprovalRequest): Laid {
  const reference: PlanReference = { changeId: request.changeId, planHash: request.plan.hash };
  const value = JSON.stringify(reference);
  return whole(
    buttons(
      {
        type: 'button',
        text: plain('Approve'),
        style: 'primary',
        action_id: ACTIONS.approve,
        value,
        confirm: confirmation(request),
      },
      { type: 'button', text: plain('Reject'), style: 'danger', action_id: ACTIONS.reject, value },
    ),
  );
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
      ...(open ? [decisionButtons(request)] : []),
    ],
    inFull(changeId, targetOf(request), plan, table),
  );
}
