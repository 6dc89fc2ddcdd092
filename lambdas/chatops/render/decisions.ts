import type { ConfirmationDialog } from '@slack/types';
import type { Decision } from '../../contracts/approval.ts';
import { ACTIONS, type PlanReference } from '../../contracts/chat-task.ts';
import { buttons, type Laid, list, mrkdwn, plain, section, whole } from './blocks.ts';
import type { Standing } from './outcome.ts';
import { moment, said } from './text.ts';

/** Slack takes 300 characters in a dialog. */
const LONGEST_CONFIRMATION = 280;
const ROOM_FOR_DECISIONS = 1_200;

/** What somebody decides on, be it a change or a rollout. */
export interface Decided {
  readonly request: { readonly approvals: number };
  readonly decisions: readonly Decision[];
}

const approvalsOf = ({ decisions }: Decided): number => decisions.filter(({ verdict }) => verdict === 'approve').length;

/** `1 of 2`: approvals that are given, of those that are needed. */
export const approvalsGiven = (gate: Decided): string =>
  `${Math.min(approvalsOf(gate), gate.request.approvals)} of ${gate.request.approvals}`;

/** What came of a question, by its decisions; undefined when they did not settle it. */
export function settledBy(gate: Decided): Standing | undefined {
  const by = (verdict: Decision['verdict']) => gate.decisions.find((decision) => decision.verdict === verdict)?.by;
  const alone = by('break-glass');
  if (by('reject') !== undefined) return { sign: ':x:', says: 'Rejected' };
  if (alone !== undefined) return { sign: ':rotating_light:', says: `Let through by ${said(alone)} alone` };
  return approvalsOf(gate) >= gate.request.approvals ? { sign: ':thumbsup:', says: 'Approved' } : undefined;
}

const PAST = { approve: ':thumbsup: approved by', reject: ':x: rejected by', 'break-glass': ':rotating_light: let through alone by' };

const decided = ({ by, verdict, at, reason }: Decision): string =>
  `${PAST[verdict]} ${said(by)}, ${moment(at)}${reason === undefined ? '' : `: ${said(reason)}`}`;

/** Who decided so far. */
export function decisionsPart(gate: Decided): Laid {
  const heading = `*Approvals: ${approvalsGiven(gate)}*`;
  return gate.decisions.length === 0 ? whole(section(heading)) : list(heading, gate.decisions.map(decided), ROOM_FOR_DECISIONS);
}

const confirmation = (what: string): ConfirmationDialog => ({
  title: plain('Approve this plan?'),
  text: mrkdwn(said(what, LONGEST_CONFIRMATION)),
  confirm: plain('Approve'),
  deny: plain('Back'),
});

/** @param what - is asked once more before it is approved. */
export function decisionButtons(reference: PlanReference, what: string): Laid {
  const value = JSON.stringify(reference);
  return whole(
    buttons(
      { type: 'button', text: plain('Approve'), style: 'primary', action_id: ACTIONS.approve, value, confirm: confirmation(what) },
      { type: 'button', text: plain('Reject'), style: 'danger', action_id: ACTIONS.reject, value },
    ),
  );
}
