import { Inspected } from '../contracts/change-state.ts';
import type { DatabaseRef } from '../contracts/facts.ts';
import type { Plan } from '../contracts/plan.ts';
import { lockHeld } from '../contracts/record.ts';
import { InspectStatusInput } from '../contracts/steps.ts';
import { fullRequest } from '../domain/full-request.ts';
import { makePlan } from '../domain/plan.ts';
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

/** Checks the request, pins the database to its id, reads the facts and returns the plan. Writes nothing. */
export async function inspectStatus(input: InspectStatusInput, context: StepContext): Promise<Inspected> {
  const request = fullRequest(input.request, context.defaults, context.changeId);
  await context.store.open(request);
  const cluster = context.cluster(request.target.cluster);
  const before = await cluster.readDatabase(request.target.database);
  if (!request.planOnly) await requireUnlocked(before.database, context);
  const conditions = await cluster.readConditions();
  const plan = makePlan(request, before, conditions, cluster.describe);
  return { request, before, conditions, plan, next: whatNext(plan, request.planOnly) };
}

export const handler = stepHandler({ input: InspectStatusInput, output: Inspected }, inspectStatus);
