import type { ApprovalRequest, Gate } from '../../../lambdas/contracts/approval.ts';
import type { Window } from '../../../lambdas/contracts/request.ts';
import { approvalsMissing } from '../../../lambdas/domain/approval.ts';
import { typed } from '../../../lambdas/domain/typed-command.ts';
import { section } from './section.ts';
import { renderTable } from './table.ts';

export const windowInWords = (window: Window): string =>
  'calendar' in window ? `calendar ${window.calendar}` : `${window.opensAt} to ${window.closesAt}`;

function beforeAndAfter({ before, expected }: ApprovalRequest): string {
  const policyOf = (id: string) => expected.endpoints.find((endpoint) => endpoint.id === id)?.policy ?? 'gone';
  return renderTable([
    ['', 'now', 'afterwards'],
    ['syncer mode', before.syncerMode, expected.syncerMode],
    ...before.endpoints.map(({ id, policy }) => [`endpoint ${id}`, policy, policyOf(id)]),
  ]);
}

/** Everything that an approver has to know, for people. */
export function renderApproval(gate: Gate): string {
  const { request, decisions } = gate;
  const { changeId, target, requestedBy, reason, plan, window, approvals, expiresAt } = request;
  const missing = approvalsMissing(gate);
  return [
    `${target.cluster}/${target.database} (${target.id})  change ${changeId}, plan ${plan.hash.slice(0, 12)}`,
    `asked by ${requestedBy ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}`,
    '',
    beforeAndAfter(request),
    '',
    ...section(
      'commands',
      plan.steps.map((step) => typed(step.command)),
    ),
    ...section('clients', plan.clientImpact),
    ...section('warnings', plan.warnings),
    ...(window ? [`window: ${windowInWords(window)}`] : []),
    `${approvals} ${approvals === 1 ? 'approval' : 'approvals'} needed, ${missing} to come; until ${expiresAt}`,
    ...decisions.map(({ by, verdict, at, reason: why }) => `${at}  ${verdict} by ${by}${why === undefined ? '' : `: ${why}`}`),
  ].join('\n');
}
