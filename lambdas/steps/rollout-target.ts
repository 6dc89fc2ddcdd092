import { isDeepStrictEqual } from 'node:util';
import type { Inspected } from '../contracts/change-state.ts';
import { StepError, type StepErrorName } from '../contracts/errors.ts';
import type { DatabaseFacts, DatabaseRef } from '../contracts/facts.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ReportedState } from '../contracts/record.ts';
import type { FullChangeRequest, RequestDefaults } from '../contracts/request.ts';
import { changeIdAt, type RolloutRecord, type RolloutTarget } from '../contracts/rollout.ts';
import { withRules } from '../domain/approval.ts';
import { fullRequest } from '../domain/full-request.ts';
import { reportedState } from '../domain/report.ts';
import { isStop } from '../domain/rollout/controls.ts';
import { gatedWaves } from '../domain/rollout/next-wave.ts';
import { requestUnderWay } from '../domain/rollout/requests.ts';
import { isUnderWay } from '../domain/rollout/targets.ts';
import type { ChangeStore } from '../ports/change-store.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import type { StepContext } from '../runtime/step.ts';

/** The target of a rollout that a change is, as the rollout has it on record. */
export interface Membership {
  readonly record: RolloutRecord;
  readonly target: RolloutTarget;
  /** The rollout was let through for it by people who may do so for its cluster. */
  readonly approved: boolean;
  /** How an earlier change of it, which was cut short, has left the database. */
  readonly left?: ReportedState | undefined;
}

const refused = (says: string): StepError => new StepError('PreconditionFailedError', says);

async function isApproved({ plan, request }: RolloutRecord, { wave }: RolloutTarget, rollouts: RolloutStore): Promise<boolean> {
  const waves = plan ? gatedWaves(plan, request.file).filter((gated) => gated <= wave) : [];
  const gates = await Promise.all(waves.map((gated) => rollouts.gate(request.rolloutId, gated)));
  return waves.length > 0 && gates.every((gate) => gate?.status === 'approved' && gate.request.plan.hash === plan?.hash);
}

/** As it travels, for a comparison: what is undefined is not there. */
const plain = (request: FullChangeRequest): unknown => JSON.parse(JSON.stringify(request));

/** Why a change is not what the rollout that it names has planned, or undefined. Anybody could name a rollout. */
function whyForeign(
  request: FullChangeRequest,
  { request: rollout, status }: RolloutRecord,
  target: RolloutTarget,
  defaults: RequestDefaults,
): string | undefined {
  const id = changeIdAt(rollout.rolloutId, target, target.state === 'undoing' ? target.undo : undefined);
  if (status === 'ended') return `rollout ${rollout.rolloutId} has ended`;
  if (request.changeId !== id) return `target ${target.position} of rollout ${rollout.rolloutId} has no change of this id`;
  if (request.target.cluster !== target.cluster || request.target.database !== target.id)
    return `target ${target.position} of rollout ${rollout.rolloutId} is ${target.cluster}/${target.id}`;
  if (!isUnderWay(target))
    return `target ${target.position} of rollout ${rollout.rolloutId} is ${target.state}: nothing is to be done about it`;
  const own = fullRequest(requestUnderWay(rollout.rolloutId, rollout.file, target), defaults, id);
  return isDeepStrictEqual(plain(request), plain(own)) ? undefined : `rollout ${rollout.rolloutId} asks for something else`;
}

/**
 * Looks up the target of a rollout that a change says it is.
 * @returns undefined for a change of its own.
 * @throws StepError `PreconditionFailedError` when the rollout has no such target, or wants something else of it.
 */
export async function membershipOf(
  request: FullChangeRequest,
  { rollouts, store, defaults }: Pick<StepContext, 'rollouts' | 'store' | 'defaults'>,
): Promise<Membership | undefined> {
  if (!request.rollout) return undefined;
  const { id, position } = request.rollout;
  if (!rollouts) throw refused('no rollouts are known here');
  const [record, target] = await Promise.all([rollouts.get(id), rollouts.target(id, position)]);
  if (!record || !target) throw refused(`rollout ${id} has no target ${position} on record`);
  const foreign = whyForeign(request, record, target, defaults);
  if (foreign !== undefined) throw refused(foreign);
  return { record, target, approved: await isApproved(record, target, rollouts), left: await leftBy(id, target, store) };
}

async function leftBy(
  rolloutId: string,
  { attempt = 1, ...target }: RolloutTarget,
  store: Pick<ChangeStore, 'summary'>,
): Promise<ReportedState | undefined> {
  if (attempt === 1) return undefined;
  return (await store.summary(changeIdAt(rolloutId, { ...target, attempt: attempt - 1 })))?.report?.after;
}

/**
 * Begins nothing of a rollout that somebody has called off: whoever did so may have found no change yet that could be cancelled. Called
 * once the change is on record, so that it is found from then on.
 * @throws StepError `ChangeCancelledError`.
 */
export async function stopIfCalledOff(membership: Membership | undefined, { rollouts }: Pick<StepContext, 'rollouts'>): Promise<void> {
  if (!rollouts || membership?.target.state !== 'running') return;
  const { request, status, stop } = membership.record;
  const { rolloutId } = request;
  const asked = await rollouts.asked(rolloutId);
  const calledOff = (says: string): StepError => new StepError('ChangeCancelledError', `rollout ${rolloutId} ${says}`);
  if (asked && isStop(asked.control)) throw calledOff(`was asked by ${asked.by} for ${asked.control}`);
  if (stop?.cause === 'asked') throw calledOff(`has stopped: ${stop.says}`);
  if (status === 'paused') throw calledOff('is paused');
}

/** The request with what its cluster asks for. Where the rollout was let through, its changes are not asked about again. */
export const withRulesOrRollout = (
  asked: FullChangeRequest,
  membership: Membership | undefined,
  rules: Parameters<typeof withRules>[1],
): FullChangeRequest => (membership?.approved ? asked : withRules(asked, rules));

/** Under the id there is another database than the one that was planned for. */
export function requireSameName({ name, id }: DatabaseRef, membership: Membership | undefined): void {
  if (membership && membership.target.name !== name)
    throw refused(`${id} is called "${name}", and was "${membership.target.name}" when the rollout was planned`);
}

/** Where the syncer runs, and the policy of each endpoint: nodes come and go by themselves. */
const settingsOf = ({ syncerMode, endpoints }: ReportedState): string =>
  JSON.stringify([syncerMode, endpoints.map(({ id, policy }) => [id, policy])]);

/** The database is no longer as it was when the rollout was planned. One that is as wanted by now needs nothing. */
export function drifted({ hash, needed }: Plan, before: DatabaseFacts, membership: Membership | undefined): Pick<Inspected, 'stopped'> {
  if (!membership || !needed || membership.target.state !== 'running' || membership.target.planHash === hash) return {};
  if (membership.left && settingsOf(membership.left) === settingsOf(reportedState(before))) return {};
  const says = `the database changed since rollout ${membership.record.request.rolloutId} was planned`;
  return { stopped: { Error: 'PlanDriftedError' satisfies StepErrorName, Cause: says } };
}
