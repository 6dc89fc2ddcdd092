import { StepError } from '../contracts/errors.ts';
import type { RolloutGate, RolloutRecord, RolloutTarget } from '../contracts/rollout.ts';
import { JudgeRolloutInput, JudgeRolloutOutput } from '../contracts/rollout-steps.ts';
import { judgeRollout, takeUpAsked } from '../domain/rollout/judge.ts';
import { waveToCome } from '../domain/rollout/next-wave.ts';
import { verificationOf } from '../domain/rollout/requests.ts';
import { clusterMayMatch } from '../domain/rollout/select.ts';
import type { Changes, Sight } from '../domain/rollout/sight.ts';
import { alarmOf } from './alarm.ts';
import { lookAtRolloutWindow } from './rollout-window.ts';
import { type RolloutPorts, recordFor, rolloutStep } from './step.ts';

const gateToCome = async (
  record: RolloutRecord,
  targets: readonly RolloutTarget[],
  { rollouts }: RolloutPorts,
): Promise<RolloutGate | undefined> => {
  const wave = record.plan && waveToCome(targets, record);
  return wave === undefined ? undefined : rollouts.gate(record.request.rolloutId, wave);
};

/** Everything that the rollout is judged by. What only matters on the way forward is not looked at once it has stopped. */
async function look(record: RolloutRecord, moves: number, ports: RolloutPorts): Promise<Sight> {
  const { rollouts, clock, defaults } = ports;
  const { rolloutId, file } = record.request;
  const [targets, surveys, asked] = await Promise.all([
    rollouts.targets(rolloutId),
    record.plan ? [] : rollouts.surveys(rolloutId),
    rollouts.asked(rolloutId),
  ]);
  const isForward = record.plan !== undefined && !record.stop && !record.request.planOnly;
  const [gate, alarm, window] = isForward
    ? await Promise.all([gateToCome(record, targets, ports), alarmOf(file.alarms, ports.alarms), lookAtRolloutWindow(file, ports)])
    : [];
  return {
    record,
    targets,
    surveys,
    clusters: ports.clusters.map((name, index) => ({ name, item: index + 1 })).filter(({ name }) => clusterMayMatch(file.select, name)),
    asked,
    gate,
    alarm,
    window,
    verification: verificationOf(file, defaults),
    now: clock.now(),
    moves,
  };
}

/** Targets first: a judgement that is cut short in between is made again, and comes to the same. */
async function keep({ record, targets, events }: Changes, before: RolloutRecord, { rollouts }: RolloutPorts): Promise<void> {
  const { rolloutId } = record.request;
  for (const target of targets) await rollouts.saveTarget(rolloutId, target, record.run);
  const isNew = JSON.stringify(record) !== JSON.stringify(before);
  if (isNew && !(await rollouts.save({ ...record, revision: before.revision + 1 })))
    throw new StepError('LockHeldError', `the record of ${rolloutId} was written by somebody else at the same moment`);
  for (const event of events) await rollouts.append(rolloutId, event);
}

/**
 * Decides what the rollout does next, from what is on record.
 * @throws StepError `LockLostError` for a run that may not go on; `LockHeldError` when somebody else wrote the record meanwhile.
 */
export async function judge({ moves, ...place }: JudgeRolloutInput, ports: RolloutPorts): Promise<JudgeRolloutOutput> {
  for (;;) {
    const record = await recordFor(place, ports);
    const seen = await look(record, moves, ports);
    const taken = takeUpAsked(seen);
    const judged = taken ?? judgeRollout(seen);
    await keep(judged, record, ports);
    if (taken) await ports.rollouts.takeUp(place.rolloutId, taken.takenUp);
    if (judged.move) return { moves: moves + 1, move: judged.move };
  }
}

export const handler = rolloutStep({ input: JudgeRolloutInput, output: JudgeRolloutOutput }, judge);
