import { Inspected } from '../contracts/change-state.ts';
import type { StepErrorName } from '../contracts/errors.ts';
import type { DatabaseRef } from '../contracts/facts.ts';
import type { FoundedPlan, Plan } from '../contracts/plan.ts';
import { lockHeld } from '../contracts/record.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { InspectStatusInput } from '../contracts/steps.ts';
import type { WindowLook } from '../contracts/window.ts';
import { requesterOf } from '../domain/approval.ts';
import { sayFindings } from '../domain/findings.ts';
import { fullRequest } from '../domain/full-request.ts';
import { gateFindings } from '../domain/gate-findings.ts';
import { foundPlan } from '../domain/plan.ts';
import { reportedState } from '../domain/report.ts';
import { lookAtWindows } from '../gates/window.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { readHealthBefore } from './health-before.ts';
import { drifted, membershipOf, requireSameName, stopIfCalledOff, withRulesOrRollout } from './rollout-target.ts';

function whatNext(plan: Plan, planOnly: boolean): Inspected['next'] {
  if (plan.blockers.length > 0) return 'refuse';
  return plan.needed && !planOnly ? 'begin' : 'finish';
}

/** A database that another change holds may be half-way: even a state that looks as wanted proves nothing there. */
async function requireUnlocked({ cluster, id }: DatabaseRef, { store, changeId }: StepContext): Promise<void> {
  const held = (await store.locks()).find((lock) => lock.cluster === cluster && lock.database === id && lock.changeId !== changeId);
  if (held) throw lockHeld(held);
}

/** The plan with what the gates say to it: nothing stands in the way of doing nothing. */
async function planWithGates(
  founded: FoundedPlan,
  request: FullChangeRequest,
  context: StepContext,
): Promise<FoundedPlan & { look: WindowLook | undefined }> {
  const look = founded.plan.needed ? await lookAtWindows(request, founded.plan, context) : undefined;
  if (!founded.plan.needed) return { ...founded, look };
  const { gates, clock } = context;
  const requester = requesterOf(gates.people, request);
  const findings = gateFindings(request, gates.rulesOf(request.target.cluster), { requester, look, now: clock.now() });
  const { blockers, warnings } = sayFindings(findings);
  const { plan } = founded;
  return {
    plan: { ...plan, blockers: [...blockers, ...plan.blockers], warnings: [...warnings, ...plan.warnings] },
    findings: [...findings, ...founded.findings],
    look,
  };
}

/** A window that change and rollback never fit into is no blocker of the plan: it has an outcome of its own. */
const missedWindow = (look: WindowLook | undefined, { window }: FullChangeRequest): Pick<Inspected, 'stopped'> =>
  window && look?.verdict === 'missed' ? { stopped: { Error: 'WindowMissedError' satisfies StepErrorName, Cause: look.says } } : {};

/** Checks the request, pins the database to its id, reads the facts and returns the plan. Writes nothing. */
export async function inspectStatus(input: InspectStatusInput, context: StepContext): Promise<Inspected> {
  const { changeId, step, store, gates } = context;
  const asked = fullRequest(input.request, context.defaults, changeId);
  const membership = await membershipOf(asked, context);
  const request = withRulesOrRollout(asked, membership, gates.rulesOf(asked.target.cluster));
  await store.open(request, context.holder);
  await stopIfCalledOff(membership, context);
  const cluster = await context.cluster(request.target.cluster);
  const { facts: before, conditions } = await cluster.inspect(request.target.database);
  requireSameName(before.database, membership);
  if (!request.planOnly) await requireUnlocked(before.database, context);
  const health = await readHealthBefore(request, before, context);
  const founded = foundPlan(request, before, conditions, cluster.describe, health);
  const { plan, findings, look } = await planWithGates(founded, request, context);
  for (const finding of findings) await store.append(changeId, { type: 'finding', step, ...finding });
  await store.append(changeId, { type: 'plan', step, plan, before: reportedState(before) });
  const ended = { ...missedWindow(look, request), ...drifted(plan, before, membership) };
  return {
    request,
    before,
    conditions,
    ...(health && { health }),
    plan,
    next: ended.stopped ? 'refuse' : whatNext(plan, request.planOnly),
    gates: { approval: request.approval.required, window: request.window !== undefined && request.wanted.syncerMode === 'distributed' },
    ...ended,
  };
}

export const handler = stepHandler({ input: InspectStatusInput, output: Inspected }, inspectStatus);
