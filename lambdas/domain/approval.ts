import type { ApprovalRequest, Decision, Gate, Identity } from '../contracts/approval.ts';
import type { ApprovalRules } from '../contracts/configuration.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { Plan } from '../contracts/plan.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { reportedState } from './report.ts';
import { bindsFor } from './writes.ts';

/** Names of people and accounts are compared like addresses: capitals make no other person. */
export const isSamePerson = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();

/** The person who has an account; somebody who is not listed is known by the account. */
export const personOf = (people: Readonly<Record<string, readonly string[]>>, { id }: Pick<Identity, 'id'>): string =>
  Object.entries(people).find(([, accounts]) => accounts.some((account) => isSamePerson(account, id)))?.[0] ?? id;

/** The person who asked for a change, if somebody is named. */
export const requesterOf = (
  people: Parameters<typeof personOf>[0],
  { requestedBy }: { readonly requestedBy?: string | undefined },
): string | undefined => (requestedBy === undefined ? undefined : personOf(people, { id: requestedBy }));

/** A request that lets through what its cluster asks for is raised to that; the way back to centralized is left as open as it was asked for. */
export function withRules(request: FullChangeRequest, rules: ApprovalRules): FullChangeRequest {
  if (request.wanted.syncerMode === 'centralized') return request;
  const { required, approvals, timeoutSeconds } = request.approval;
  return {
    ...request,
    approval: { required: required || rules.required, approvals: Math.max(approvals, rules.approvals), timeoutSeconds },
  };
}

/** @param now - when the approval is asked for. */
export function approvalRequestOf(
  request: FullChangeRequest,
  { needed: _, holdCentralized: __, ...plan }: Plan,
  before: DatabaseFacts,
  now: Date,
): ApprovalRequest {
  const binds = bindsFor(request, before);
  const { changeId, requestedBy, reason, window, approval, wanted } = request;
  const { cluster, id, name } = before.database;
  return {
    changeId,
    target: { cluster, database: name, id },
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
    plan,
    before: reportedState(before),
    expected: {
      syncerMode: wanted.syncerMode,
      endpoints: before.endpoints.map(({ id, policy }) => ({
        id,
        policy: binds.find(({ endpoint }) => endpoint === id)?.policy ?? policy,
      })),
    },
    ...(window && { window }),
    approvals: approval.approvals,
    requestedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + approval.timeoutSeconds * 1000).toISOString(),
  };
}

/** The gate for a request: the one that stands when it is for the same plan, decisions included; decisions on another plan count no longer. */
export function gateFor(standing: Gate | undefined, request: ApprovalRequest): Gate {
  if (standing && standing.request.plan.hash === request.plan.hash && standing.request.approvals >= request.approvals) return standing;
  return { revision: (standing?.revision ?? 0) + 1, request, decisions: [], status: 'waiting' };
}

/** A gate as far as deciding goes: of one change, or of a rollout. */
export interface Decidable extends Pick<Gate, 'revision' | 'decisions' | 'status'> {
  readonly request: Pick<ApprovalRequest, 'approvals' | 'expiresAt'> & {
    readonly plan: Pick<Plan, 'hash'>;
    /** For messages about who may decide. */
    readonly target: { readonly cluster: string };
  };
}

const approvalsOf = ({ decisions }: Pick<Gate, 'decisions'>): Decision[] => decisions.filter(({ verdict }) => verdict === 'approve');

/** How many more people have to approve. */
export const approvalsMissing = (gate: Decidable): number => Math.max(0, gate.request.approvals - approvalsOf(gate).length);

/** Why a decision does not count, whoever makes it, or undefined. */
function whyTooLate({ status, request, decisions }: Decidable, now: Date): string | undefined {
  if (status === 'closed') return 'it has ended';
  const last = decisions.at(-1);
  if (status !== 'waiting') return `the plan was ${status} already, by ${last?.by ?? 'somebody'} at ${last?.at ?? 'a time unknown'}`;
  if (now.getTime() >= Date.parse(request.expiresAt)) return `the request expired at ${request.expiresAt}`;
  return undefined;
}

function whyNotAllowed(
  { by, verdict }: Decision,
  { request }: Decidable,
  rules: ApprovalRules,
  requester: string | undefined,
): string | undefined {
  const isNamed = (names: readonly string[]) => names.some((name) => isSamePerson(name, by));
  if (verdict === 'break-glass')
    return isNamed(rules.breakGlass)
      ? undefined
      : `${by} is not among those who may let a change of cluster ${request.target.cluster} through alone`;
  if (rules.approvers && !isNamed(rules.approvers)) return `${by} is not among the approvers of cluster ${request.target.cluster}`;
  if (verdict === 'approve' && !rules.requesterMayApprove) {
    if (requester === undefined) return 'nobody is named as the requester, so nobody can be told to be another person';
    if (isSamePerson(requester, by)) return `${by} asked for it and may not approve it`;
  }
  return undefined;
}

/** Why a decision does not count, or undefined. */
function whyRefused(gate: Decidable, decision: Decision, rules: ApprovalRules, requester: string | undefined): string | undefined {
  const { by, verdict, reason, planHash, at } = decision;
  const tooLate = whyTooLate(gate, new Date(at));
  if (tooLate) return tooLate;
  const { hash } = gate.request.plan;
  if (planHash !== hash) return `it is for plan ${planHash.slice(0, 12)}, and the plan is ${hash.slice(0, 12)} now: look at it again`;
  const notAllowed = whyNotAllowed(decision, gate, rules, requester);
  if (notAllowed) return notAllowed;
  if (verdict !== 'approve' && !reason)
    return verdict === 'reject' ? 'a rejection needs a reason' : 'letting a change through alone needs a reason';
  const earlier = gate.decisions.find((other) => isSamePerson(other.by, by));
  return earlier && verdict === 'approve' ? `${by} approved this plan already at ${earlier.at}: it counts once` : undefined;
}

export type DecisionJudgement<G> = { readonly gate: G } | { readonly refused: string };

/**
 * What a decision does to a gate.
 * @param decision - with the moment it is made at; a request is decided before its expiry, and for the plan it asks about.
 * @param requester - the person who asked for the change.
 */
export function judgeDecision<G extends Decidable>(
  gate: G,
  decision: Decision,
  rules: ApprovalRules,
  requester: string | undefined,
): DecisionJudgement<G> {
  const refused = whyRefused(gate, decision, rules, requester);
  if (refused !== undefined) return { refused };
  const decided: G = { ...gate, revision: gate.revision + 1, decisions: [...gate.decisions, decision] };
  if (decision.verdict === 'reject') return { gate: { ...decided, status: 'rejected' } };
  const isOpen = decision.verdict === 'break-glass' || approvalsMissing(decided) === 0;
  return { gate: { ...decided, status: isOpen ? 'approved' : 'waiting' } };
}

/** Why a gate was closed by a no, in one sentence. */
export function rejectionOf({ decisions }: Pick<Gate, 'decisions'>): string {
  const rejection = decisions.find(({ verdict }) => verdict === 'reject');
  return `${rejection?.by ?? 'somebody'} rejected the plan: ${rejection?.reason ?? 'no reason given'}`;
}
