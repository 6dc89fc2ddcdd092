import type { ApprovalRules } from '../contracts/configuration.ts';
import type { Finding } from '../contracts/plan.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import type { WindowLook } from '../contracts/window.ts';
import { isSamePerson } from './approval.ts';
import { findingsOf } from './findings.ts';

/** People who may approve this change: everybody on the list but the requester, or, without a list, anybody. */
function mayApprove(requester: string | undefined, { approvers, requesterMayApprove }: ApprovalRules): readonly string[] | undefined {
  return approvers?.filter((name) => requesterMayApprove || requester === undefined || !isSamePerson(name, requester));
}

function checkApproval({ approval, requestedBy }: FullChangeRequest, rules: ApprovalRules, requester: string | undefined): Finding[] {
  if (!approval.required) return [];
  const { blocks } = findingsOf('approval', { approval, requestedBy });
  if (requestedBy === undefined && !rules.requesterMayApprove)
    return blocks('an approval is required, and requestedBy does not say whose change this is');
  const people = mayApprove(requester, rules);
  return people && people.length < approval.approvals
    ? blocks(`${approval.approvals} approvals are required, and only ${people.length} may give one: ${people.join(', ') || 'nobody'}`)
    : [];
}

function checkExpiry({ approval }: FullChangeRequest, { opensAt }: WindowLook, now: Date): Finding[] {
  if (!approval.required || opensAt === undefined) return [];
  const expiresAt = new Date(now.getTime() + approval.timeoutSeconds * 1000);
  if (Date.parse(opensAt) < expiresAt.getTime()) return [];
  return findingsOf('approval', { approval, opensAt }).blocks(
    `an approval would expire at ${expiresAt.toISOString()}, before the window opens at ${opensAt}: raise approval.timeoutSeconds`,
  );
}

/** What the gates say to a request before anybody is asked or anything waits. @param look - at the window or at the freezes, where there are any. */
export function gateFindings(
  request: FullChangeRequest,
  rules: ApprovalRules,
  { requester, look, now }: { requester: string | undefined; look: WindowLook | undefined; now: Date },
): Finding[] {
  return [
    ...checkApproval(request, rules, requester),
    ...(look ? checkExpiry(request, look, now) : []),
    ...(look && look.verdict !== 'open' && !request.window
      ? findingsOf('freeze', { look }).blocks(`a freeze forbids changes now, and the request names no window to wait for: ${look.says}`)
      : []),
    ...(look?.verdict === 'wait' && request.window ? findingsOf('window', { look }).warns(look.says) : []),
  ];
}
