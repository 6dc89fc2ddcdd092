import { StepError } from '../contracts/errors.ts';
import { BeginChangeInput, BeginChangeOutput } from '../contracts/steps.ts';
import { drift } from '../domain/drift.ts';
import { makePlan } from '../domain/plan.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { LEASE_SECONDS } from './lease.ts';

/**
 * Takes the lock with the snapshot beside it, reads the database again and compares: the change goes on only with the very
 * facts that were planned, and perhaps approved.
 * What the cluster as a whole is doing is as the inspection found it, a moment ago.
 * @throws StepError `LockHeldError`, `PlanDriftedError`, `PreconditionFailedError` for a blocker that has come up since.
 */
export async function beginChange({ change }: BeginChangeInput, context: StepContext): Promise<BeginChangeOutput> {
  const { request, before, conditions, health, plan } = change;
  const { changeId, holder, store } = context;
  await store.acquireLock({ database: before.database, changeId, holder, snapshot: before, leaseSeconds: LEASE_SECONDS });
  // Another node than the inspection asked, where there is one: two have to agree before anything is written.
  const cluster = await context.cluster(before.database.cluster, { secondOpinion: true });
  const facts = await cluster.readDatabase(before.database.id);
  const current = makePlan(request, facts, conditions, cluster.describe, health);
  if (current.hash !== plan.hash)
    throw new StepError('PlanDriftedError', `the database changed since the plan was made: ${drift(before, facts).join('; ')}`);
  if (current.blockers.length > 0) throw new StepError('PreconditionFailedError', current.blockers.join('; '));
  await store.refreshLock(changeId, LEASE_SECONDS, facts);
  context.stopIfCancelled();
  return { facts };
}

export const handler = stepHandler({ input: BeginChangeInput, output: BeginChangeOutput }, beginChange);
