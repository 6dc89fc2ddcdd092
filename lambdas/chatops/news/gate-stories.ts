import type { ApprovalRequest, ApprovalVerdict } from '../../contracts/approval.ts';
import type { Notified } from '../../contracts/notification.ts';
import type { Window } from '../../contracts/request.ts';
import { typed } from '../../domain/typed-command.ts';
import { code, list, type Phrase, say } from './phrase.ts';
import { type About, because, type EventOf, moment, type Story, syncshift } from './story.ts';

const shortHash = (hash: string): string => hash.slice(0, 12);

/** A command as one would type it: rladmin's are recorded without the program, those of the REST API begin with their method. */
const plannedSteps = ({ steps, clientImpact, warnings }: ApprovalRequest['plan']): Phrase[] => [
  ...list(
    'commands',
    steps.map(({ command }) => say`${code(typed(command))}`),
    5,
  ),
  ...list(
    'clients',
    clientImpact.map((impact) => say`${impact}`),
    3,
  ),
  ...list(
    'warnings',
    warnings.map((warning) => say`${warning}`),
    3,
  ),
];

const asks = ({ request: { requestedBy, wanted } }: About): Phrase =>
  say`${requestedBy ?? 'somebody'} asks for ${wanted.syncerMode} synchronization`;

/** A plan that waits for nobody. One that does is told when it is asked about, and one that leads nowhere when it has ended. */
export function planned({ plan }: EventOf<'plan'>, about: About): Story | undefined {
  const { approval, reason } = about.request;
  if (approval.required || !plan.needed || plan.blockers.length > 0) return undefined;
  return {
    eventType: 'syncshift.change-planned',
    which: plan.hash,
    headline: 'change planned',
    lines: [asks(about), ...because(reason), ...plannedSteps(plan)],
    nextSteps: [say`To stop it: ${syncshift(`cancel ${about.changeId}`)}`],
    facts: { planHash: plan.hash },
  };
}

const windowLine = (window: Window): Phrase =>
  'calendar' in window ? say`window: calendar ${window.calendar}` : say`window: ${moment(window.opensAt)} to ${moment(window.closesAt)}`;

export function approvalRequested({ request }: EventOf<'approval-requested'>, about: About): Story {
  const { plan, reason, approvals, expiresAt, requestedAt, window } = request;
  const needed = approvals === 1 ? 'somebody has' : `${approvals} people have`;
  return {
    eventType: 'syncshift.approval-requested',
    which: `${plan.hash} ${requestedAt}`,
    headline: 'approval requested',
    lines: [
      asks(about),
      say`${needed} to approve plan ${code(shortHash(plan.hash))} by ${moment(expiresAt)}`,
      ...(window ? [windowLine(window)] : []),
      ...because(reason),
      ...plannedSteps(plan),
    ],
    nextSteps: [
      say`To see everything and decide: ${syncshift(`approve ${about.changeId}`)}`,
      say`To refuse it: ${syncshift(`reject ${about.changeId}`)}, with ${code('--reason')}`,
    ],
    facts: { planHash: plan.hash, approvals: String(approvals), expiresAt },
  };
}

const VERDICTS = {
  approve: { eventType: 'syncshift.approved', headline: 'approved', did: 'approved' },
  reject: { eventType: 'syncshift.rejected', headline: 'rejected', did: 'rejected' },
  'break-glass': { eventType: 'syncshift.glass-broken', headline: 'let through alone', did: 'let through alone' },
} as const satisfies Record<ApprovalVerdict, { eventType: Notified; headline: string; did: string }>;

/** How many approvals of its plan there are with this one, and how many it takes. */
function countOf(decision: EventOf<'decision'>, { timeline }: About): Phrase[] {
  const asked = timeline.findLast((event) => event.type === 'approval-requested' && event.request.plan.hash === decision.planHash);
  if (decision.verdict !== 'approve' || asked?.type !== 'approval-requested') return [];
  const counted = timeline.filter(
    (event) =>
      event.type === 'decision' &&
      event.verdict === 'approve' &&
      event.refused === undefined &&
      event.planHash === decision.planHash &&
      event.at <= decision.at,
  );
  return [say`approvals: ${counted.length} of ${asked.request.approvals}`];
}

export function decided(decision: EventOf<'decision'>, about: About): Story {
  const { by, verdict, reason, refused, planHash, at } = decision;
  const { eventType, headline, did } = VERDICTS[verdict];
  const which = JSON.stringify([at, by, verdict]);
  const facts = { planHash, verdict };
  if (refused !== undefined)
    return {
      eventType: 'syncshift.decision-refused',
      which,
      headline: 'a decision does not count',
      lines: [say`${by} tried to decide (${verdict}), and it does not count: ${refused}`, ...because(reason)],
      facts,
    };
  return {
    eventType,
    which,
    headline,
    lines: [say`${by} ${did} plan ${code(shortHash(planHash))}`, ...because(reason), ...countOf(decision, about)],
    ...(verdict === 'break-glass' && { runbook: 'glass-broken' }),
    facts,
  };
}

export function windowAwaited({ look }: EventOf<'window'>, { changeId }: About): Story | undefined {
  if (look.verdict !== 'wait') return undefined;
  return {
    eventType: 'syncshift.window-awaited',
    which: look.opensAt ?? '',
    headline: 'waits for its window',
    lines: [say`${look.says}`, ...(look.opensAt ? [say`it begins at ${moment(look.opensAt)} at the earliest`] : [])],
    nextSteps: [say`To stop it: ${syncshift(`cancel ${changeId}`)}`],
    ...(look.opensAt && { facts: { opensAt: look.opensAt } }),
  };
}
