import { StepError } from '../../../lambdas/contracts/errors.ts';
import { changeIdAt, type RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { isUnderWay } from '../../../lambdas/domain/rollout/targets.ts';
import type { RolloutPorts } from '../../../lambdas/rollout/step.ts';
import { recoverLocally } from '../engine.ts';
import type { LocalExecution } from '../execution.ts';
import { isAlive } from '../process.ts';

/** How recoveries wait, for tests. */
type Waits = Pick<LocalExecution, 'overrides' | 'intercept'>;

/** Brings a change of a rollout to its end that its process has left. */
async function recover(rolloutId: string, target: RolloutTarget, ports: RolloutPorts, execution: Waits): Promise<void> {
  const changeId = changeIdAt(rolloutId, target, target.state === 'undoing' ? target.undo : undefined);
  const record = await ports.store.summary(changeId);
  if (!record || record.report) return;
  if (record.holder && isAlive(record.holder) !== false)
    throw new StepError('LockHeldError', `change ${changeId} may still be at work (${record.holder.description})`);
  const why = `its process is gone (${record.holder?.description ?? 'unknown'})`;
  await recoverLocally({ changeId, ports, deadRun: record.run, why, ...execution });
}

/**
 * Takes a rollout up that its process has left: recovers the changes that were under way, each as `recover` does.
 * @returns the number of the run that goes on with it.
 * @throws StepError `LockHeldError` when its process, or that of a change, may still be at work; `InvalidInputError` when there is none.
 */
export async function takeUpRollout(ports: RolloutPorts, rolloutId: string, execution: Waits = {}): Promise<number> {
  const { rollouts } = ports;
  const record = await rollouts.get(rolloutId);
  if (!record) throw new StepError('InvalidInputError', `no rollout ${rolloutId} is on record`);
  if (record.status === 'running' && isAlive(record.holder) !== false)
    throw new StepError('LockHeldError', `rollout ${rolloutId} may still be running (${record.holder.description})`);
  const left = (await rollouts.targets(rolloutId)).filter(isUnderWay);
  // All of them at once, as they were under way: databases that are half-way do not wait for each other. One that cannot be recovered
  // ends no other half-way, so it is told of once all have ended.
  const recovered = await Promise.allSettled(left.map((target) => recover(rolloutId, target, ports, execution)));
  for (const outcome of recovered) if (outcome.status === 'rejected') throw outcome.reason;
  return record.run + 1;
}
