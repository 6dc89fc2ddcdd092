import { Begun } from '../contracts/change-state.ts';
import { StepError } from '../contracts/errors.ts';
import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import { BeginChangeInput } from '../contracts/steps.ts';
import { drift } from '../domain/drift.ts';
import { makePlan } from '../domain/plan.ts';
import { lookAtWindows } from '../gates/window.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { readHealthBefore } from './health-before.ts';
import { LEASE_SECONDS } from './lease.ts';

type Change = BeginChangeInput['change'];

/** The record has to hold what let the workflow through: an approval of this very plan that is not too old. */
async function requireApproval({ request, plan }: Change, { changeId, clock, store }: StepContext): Promise<void> {
  if (!request.approval.required) return;
  const gate = await store.gate(changeId);
  if (gate?.status !== 'approved') throw new StepError('NotApprovedError', 'the record of this change holds no approval');
  if (gate.request.plan.hash !== plan.hash) throw new StepError('NotApprovedError', 'what was approved is another plan than this one');
  if (clock.now().getTime() >= Date.parse(gate.request.expiresAt))
    throw new StepError('ApprovalExpiredError', `the approval could be used until ${gate.request.expiresAt}`);
}

/** Time has passed since the window was looked at, and there may be a freeze now. */
async function requireOpenWindow({ request, plan }: Change, context: StepContext): Promise<void> {
  const look = await lookAtWindows(request, plan, context);
  if (look && look.verdict !== 'open') throw new StepError('WindowMissedError', look.says);
}

interface Found {
  readonly cluster: ClusterReader;
  readonly facts: DatabaseFacts;
  readonly conditions: ClusterConditions;
  readonly health: HealthBefore | undefined;
}

/**
 * The database again. Without a gate, what the cluster as a whole is doing is as the inspection found it, a moment ago; after one, it is
 * read anew, and so is the health of replication.
 */
async function readAgain({ request, before, conditions, health, gates }: Change, context: StepContext): Promise<Found> {
  const { cluster, id } = before.database;
  // Another node than the inspection asked, where there is one: two have to agree before anything is written.
  const reader = await context.cluster(cluster, { secondOpinion: true });
  if (!gates?.approval && !gates?.window) return { cluster: reader, facts: await reader.readDatabase(id), conditions, health };
  const inspection = await reader.inspect(id);
  return { cluster: reader, ...inspection, health: await readHealthBefore(request, before, context) };
}

/**
 * Takes the lock with the snapshot beside it, reads the database again and compares: the change goes on only with the very
 * facts that were planned, and, where that is asked for, approved, within the window.
 * @throws StepError `LockHeldError`, `NotApprovedError`, `ApprovalExpiredError`, `WindowMissedError`, `PlanDriftedError`,
 *   `PreconditionFailedError` for a blocker that has come up since.
 */
export async function beginChange({ change, run }: BeginChangeInput, context: StepContext): Promise<Begun> {
  const { request, before, plan } = change;
  const { changeId, holder, store } = context;
  await store.acquireLock({ database: before.database, changeId, holder, snapshot: before, leaseSeconds: LEASE_SECONDS, run });
  await requireApproval(change, context);
  const { cluster, facts, conditions, health } = await readAgain(change, context);
  const current = makePlan(request, facts, conditions, cluster.describe, health);
  if (current.hash !== plan.hash)
    throw new StepError('PlanDriftedError', `the database changed since the plan was made: ${drift(before, facts).join('; ')}`);
  if (current.blockers.length > 0) throw new StepError('PreconditionFailedError', current.blockers.join('; '));
  await requireOpenWindow(change, context);
  await store.refreshLock(changeId, { leaseSeconds: LEASE_SECONDS, snapshot: facts, run });
  await context.stopIfCancelled();
  return { facts, ...(health && { health }) };
}

export const handler = stepHandler({ input: BeginChangeInput, output: Begun }, beginChange);
