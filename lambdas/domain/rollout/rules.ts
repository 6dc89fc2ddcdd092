import type { ApprovalRules } from '../../contracts/configuration.ts';
import { isSamePerson } from '../approval.ts';

const inBoth = (one: readonly string[], other: readonly string[]): string[] =>
  one.filter((name) => other.some((each) => isSamePerson(each, name)));

function both(one: ApprovalRules, other: ApprovalRules): ApprovalRules {
  const approvers = one.approvers && other.approvers ? inBoth(one.approvers, other.approvers) : (one.approvers ?? other.approvers);
  return {
    required: one.required || other.required,
    approvals: Math.max(one.approvals, other.approvals),
    ...(approvers && { approvers }),
    requesterMayApprove: one.requesterMayApprove && other.requesterMayApprove,
    breakGlass: inBoth(one.breakGlass, other.breakGlass),
  };
}

/**
 * The rules of several clusters as one: somebody may let a rollout through who may let a change of each of its clusters through.
 * Nobody is among the approvers where no person is an approver of every cluster.
 */
export const combined = (rules: readonly ApprovalRules[]): ApprovalRules =>
  rules.reduce(both, { required: false, approvals: 1, requesterMayApprove: true, breakGlass: rules[0]?.breakGlass ?? [] });

/**
 * Why a rollout that asks people could never be approved, or undefined.
 * @param requester - the person who asked for it, if somebody is named.
 */
export function whyNotApprovable(
  { approvers, requesterMayApprove }: ApprovalRules,
  approvals: number,
  requester: string | undefined,
): string | undefined {
  if (approvers?.length === 0)
    return 'no person is an approver of every cluster of this rollout: make one for those with the same approvers';
  if (requester === undefined && !requesterMayApprove) return 'an approval is required, and requestedBy does not say whose rollout this is';
  const people = approvers?.filter((name) => requesterMayApprove || requester === undefined || !isSamePerson(name, requester));
  return people && people.length < approvals
    ? `${approvals} approvals are required, and only ${people.length} may give one: ${people.join(', ') || 'nobody'}`
    : undefined;
}
