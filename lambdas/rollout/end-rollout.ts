import { StepError } from '../contracts/errors.ts';
import type { RolloutRecord } from '../contracts/rollout.ts';
import { EndRolloutInput, EndRolloutOutput, type RolloutPlace } from '../contracts/rollout-steps.ts';
import { changeRecord, type RolloutPorts, recordFor, rolloutStep } from './step.ts';

/** Decisions that may come in between before a gate is closed. */
const ATTEMPTS = 20;

/** Closes a gate that nobody decided, or whose approval was not used. A rejection stays one. */
async function closeGate({ request, wave: begun }: RolloutRecord, wave: number, { rollouts }: RolloutPorts): Promise<void> {
  const { rolloutId } = request;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const gate = await rollouts.gate(rolloutId, wave);
    const isUnused = gate?.status === 'waiting' || (gate?.status === 'approved' && wave > begun);
    if (!gate || !isUnused) return;
    if (await rollouts.saveGate(rolloutId, wave, { ...gate, revision: gate.revision + 1, status: 'closed' })) return;
  }
  throw new StepError('LockHeldError', `the gate before wave ${wave} of ${rolloutId} was written ${ATTEMPTS} times in between`);
}

/** Whether its story tells of the end already: one that was cut short after the record was written does not. */
async function isTold({ rolloutId }: RolloutPlace, { rollouts }: RolloutPorts): Promise<boolean> {
  const latest = (await rollouts.events(rolloutId)).findLast(({ type }) => type === 'run' || type === 'ended');
  return latest?.type === 'ended';
}

/** Notes how the rollout ended. Repeating it changes nothing, and completes what was cut short. */
export async function endRollout({ outcome, says, ...place }: EndRolloutInput, ports: RolloutPorts): Promise<EndRolloutOutput> {
  const { rollouts, clock } = ports;
  const isNew = await changeRecord(place, ports, (record) =>
    record.status === 'ended' ? undefined : { ...record, status: 'ended', outcome, endedAt: clock.now().toISOString() },
  );
  const record = await recordFor(place, ports);
  const { plan } = record;
  if (plan && plan.approve.length > 0) for (const { wave } of plan.waves) await closeGate(record, wave, ports);
  const ended = record.outcome ?? outcome;
  if (isNew || !(await isTold(place, ports))) await rollouts.append(place.rolloutId, { type: 'ended', outcome: ended });
  return { outcome: ended, message: says };
}

export const handler = rolloutStep({ input: EndRolloutInput, output: EndRolloutOutput }, endRollout);
