import { Inspected } from '../contracts/change-state.ts';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts, DatabaseRef } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { Plan } from '../contracts/plan.ts';
import { lockHeld } from '../contracts/record.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { InspectStatusInput } from '../contracts/steps.ts';
import { fullRequest } from '../domain/full-request.ts';
import { baselineOf } from '../domain/health.ts';
import { foundPlan } from '../domain/plan.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';

function whatNext(plan: Plan, planOnly: boolean): Inspected['next'] {
  if (plan.blockers.length > 0) return 'refuse';
  return plan.needed && !planOnly ? 'begin' : 'finish';
}

/** A database that another change holds may be half-way: even a state that looks as wanted proves nothing there. */
async function requireUnlocked({ cluster, id }: DatabaseRef, { store, changeId }: StepContext): Promise<void> {
  const held = (await store.locks()).find((lock) => lock.cluster === cluster && lock.database === id && lock.changeId !== changeId);
  if (held) throw lockHeld(held);
}

/**
 * How replication is doing before the change, with its baseline. The way back does not depend on it: a source of health data that
 * does not answer must not keep syncers running on a sick cluster.
 */
async function readHealthBefore(
  request: FullChangeRequest,
  { database }: DatabaseFacts,
  context: StepContext,
): Promise<HealthBefore | undefined> {
  const { changeId, step, store } = context;
  try {
    const source = await context.health(database.cluster);
    if (!source) return undefined;
    const health = await source.readHealth(database.id);
    const baseline = baselineOf(health, await source.readLagStatistics(health));
    await store.append(changeId, { type: 'health', step, health, baseline });
    return { reading: health, baseline };
  } catch (error) {
    if (!(error instanceof StepError) || request.wanted.syncerMode === 'distributed') throw error;
    await store.append(changeId, { type: 'note', text: `replication health is not watched: ${error.message}` });
    return undefined;
  }
}

/** Checks the request, pins the database to its id, reads the facts and returns the plan. Writes nothing. */
export async function inspectStatus(input: InspectStatusInput, context: StepContext): Promise<Inspected> {
  const request = fullRequest(input.request, context.defaults, context.changeId);
  await context.store.open(request);
  const cluster = await context.cluster(request.target.cluster);
  const { facts: before, conditions } = await cluster.inspect(request.target.database);
  if (!request.planOnly) await requireUnlocked(before.database, context);
  const health = await readHealthBefore(request, before, context);
  const { plan, findings } = foundPlan(request, before, conditions, cluster.describe, health);
  for (const finding of findings) await context.store.append(context.changeId, { type: 'finding', step: context.step, ...finding });
  return { request, before, conditions, ...(health && { health }), plan, next: whatNext(plan, request.planOnly) };
}

export const handler = stepHandler({ input: InspectStatusInput, output: Inspected }, inspectStatus);
