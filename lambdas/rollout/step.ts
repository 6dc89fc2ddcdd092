import middy from '@middy/core';
import type * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import type { RolloutRecord } from '../contracts/rollout.ts';
import type { RolloutPlace } from '../contracts/rollout-steps.ts';
import { type Ports, ports } from '../runtime/ports.ts';
import { telemetry } from '../runtime/telemetry.ts';

/** The outside world as the steps of a rollout see it. */
export type RolloutPorts = Ports & Required<Pick<Ports, 'rollouts' | 'alarms' | 'clusters'>>;

async function rolloutPorts(): Promise<RolloutPorts> {
  const given = await ports();
  const { rollouts, alarms, clusters } = given;
  if (!rollouts || !alarms || !clusters) throw new Error('this process was given nothing to carry rollouts out with');
  return { ...given, rollouts, alarms, clusters };
}

/** A Lambda handler around a plain function: check the input, run, check the output. */
export const rolloutStep = <I extends z.ZodType, O extends z.ZodType>(
  schemas: { input: I; output: O },
  run: (input: z.output<I>, ports: RolloutPorts) => Promise<z.output<O>>,
) =>
  middy<unknown, z.output<O>>()
    .use(telemetry)
    .handler(async (event) => {
      const input = parse(schemas.input, event, 'InvalidInputError');
      return parse(schemas.output, await run(input, await rolloutPorts()), 'InvalidOutputError');
    });

/**
 * The record of a rollout, for the run that may go on with it.
 * @throws StepError `LockLostError` for an earlier run: a later one goes on with the rollout; `InvalidInputError` when there is none.
 */
export async function recordFor({ rolloutId, run }: RolloutPlace, { rollouts }: Pick<RolloutPorts, 'rollouts'>): Promise<RolloutRecord> {
  const record = await rollouts.get(rolloutId);
  if (!record) throw new StepError('InvalidInputError', `no rollout ${rolloutId} is on record`);
  if (record.run !== run) throw new StepError('LockLostError', `run ${run} of ${rolloutId} may not go on: its latest run is ${record.run}`);
  return record;
}

/** How often a record is written anew because somebody else wrote it in between. */
const ATTEMPTS = 20;

/**
 * Changes the record of a rollout, whoever writes it at the same time.
 * @param change - gives undefined when there is nothing to change any more.
 * @throws StepError as `recordFor`.
 */
export async function changeRecord(
  place: RolloutPlace,
  ports: Pick<RolloutPorts, 'rollouts'>,
  change: (record: RolloutRecord) => RolloutRecord | undefined,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const record = await recordFor(place, ports);
    const changed = change(record);
    if (!changed) return false;
    if (await ports.rollouts.save({ ...changed, revision: record.revision + 1 })) return true;
  }
  throw new StepError('LockHeldError', `the record of ${place.rolloutId} was written ${ATTEMPTS} times in between`);
}
