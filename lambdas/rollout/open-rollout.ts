import { isDeepStrictEqual } from 'node:util';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import type { RolloutRecord } from '../contracts/rollout.ts';
import { RolloutFile } from '../contracts/rollout-file.ts';
import { OpenRolloutInput, RolloutPlace } from '../contracts/rollout-steps.ts';
import { bakeOfNextRun } from '../domain/rollout/bake.ts';
import { type RolloutPorts, rolloutStep } from './step.ts';

/** As it was, running again: what it was asked for meanwhile is for the judge. */
function goingOn(record: RolloutRecord, run: number, { holder, clock }: RolloutPorts): RolloutRecord {
  const { outcome: _, endedAt: __, progress: ___, bake: ____, ...rest } = record;
  return { ...rest, ...bakeOfNextRun(record, clock.now()), run, holder, status: 'running', stalled: 0, revision: record.revision + 1 };
}

/**
 * Opens the record of a new rollout, or lets the next run go on with one.
 * @throws StepError `InvalidInputError` for a rollout that is none, or that is not on record; `LockLostError` when a later run has it.
 */
export async function openRollout(
  { rolloutId, run, file, planOnly, agreedHash }: OpenRolloutInput,
  ports: RolloutPorts,
): Promise<RolloutPlace> {
  const { rollouts, holder } = ports;
  if (file !== undefined) {
    const request = { rolloutId, file: parse(RolloutFile, file, 'InvalidInputError'), planOnly };
    await rollouts.open({ ...request, ...(agreedHash !== undefined && { agreedHash }) }, holder);
  }
  const record = await rollouts.get(rolloutId);
  if (!record) throw new StepError('InvalidInputError', `no rollout ${rolloutId} is on record`);
  if (record.run > run) throw new StepError('LockLostError', `run ${run} of ${rolloutId} may not begin: its latest run is ${record.run}`);
  if (record.run === run && !isDeepStrictEqual(record.holder, holder))
    throw new StepError('LockLostError', `run ${run} of ${rolloutId} may not begin: ${record.holder.description} has it`);
  if (record.run < run) {
    const saved = await rollouts.save(goingOn(record, run, ports));
    if (!saved) throw new StepError('LockHeldError', `the record of ${rolloutId} was written by somebody else at the same moment`);
    await rollouts.append(rolloutId, { type: 'run', run, holder: holder.description });
  }
  return { rolloutId, run };
}

export const handler = rolloutStep({ input: OpenRolloutInput, output: RolloutPlace }, openRollout);
