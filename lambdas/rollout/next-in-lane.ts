import { StepError } from '../contracts/errors.ts';
import type { RolloutRecord, RolloutTarget } from '../contracts/rollout.ts';
import { changeIdAt } from '../contracts/rollout.ts';
import { NextInLaneInput, NextInLaneOutput } from '../contracts/rollout-steps.ts';
import { MOST_CHANGES_PER_LANE_RUN } from '../domain/rollout/limits.ts';
import { requestOf, undoRequestOf } from '../domain/rollout/requests.ts';
import { overBudget } from '../domain/rollout/stops.ts';
import { isLeft, isUnderWay } from '../domain/rollout/targets.ts';
import { alarmOf } from './alarm.ts';
import { whyNotOurs } from './claim.ts';
import { lookAtRolloutWindow } from './rollout-window.ts';
import { settle } from './settle.ts';
import { changeRecord, type RolloutPorts, recordFor, rolloutStep } from './step.ts';

type Input = Omit<NextInLaneInput, 'done'>;
/** What comes next, before it is known how far the lane has come. */
type Step = NextInLaneOutput extends infer Output ? (Output extends unknown ? Omit<Output, 'done'> : never) : never;
const NOTHING = { next: 'nothing' } as const satisfies NextInLaneOutput;

/** Stops the rollout from within a wave, so that its other lanes begin nothing more either. */
async function stopRollout(cause: 'failures' | 'alarm', says: string, input: Input, ports: RolloutPorts): Promise<void> {
  const { rollouts, clock } = ports;
  const stopped = await changeRecord(input, ports, (record) =>
    record.stop
      ? undefined
      : { ...record, stop: { cause, says, at: clock.now().toISOString(), wave: record.wave, action: record.request.file.onStop } },
  );
  const stop = stopped && (await rollouts.get(input.rolloutId))?.stop;
  if (!stop) return;
  const { at: _, ...news } = stop;
  await rollouts.append(input.rolloutId, { type: 'stopped', ...news });
}

const isNews = ({ state }: RolloutTarget): boolean => state !== 'applied' && state !== 'unchanged' && state !== 'undone';

/** A failure may be the one that spends the budget. */
async function stopIfSpent(input: Input, ports: RolloutPorts): Promise<void> {
  const { errorBudget } = (await recordFor(input, ports)).request.file;
  const spent = overBudget(await ports.rollouts.targets(input.rolloutId), errorBudget);
  if (spent) await stopRollout('failures', spent, input, ports);
}

/** Notes where a target stands. */
async function note(target: RolloutTarget, input: Input, ports: RolloutPorts): Promise<void> {
  const { rolloutId, run, kind } = input;
  const { rollouts } = ports;
  await rollouts.saveTarget(rolloutId, target, run);
  const { position, state, says } = target;
  if (isNews(target)) await rollouts.append(rolloutId, { type: 'target', position, state, ...(says !== undefined && { says }) });
  if (kind === 'change' && target.failed) await stopIfSpent(input, ports);
}

/** Whether the way forward is still open. A change takes a minute or more, so a look at the alarms before each is not too many. */
async function mayBegin(record: RolloutRecord, input: Input, ports: RolloutPorts): Promise<boolean> {
  if (record.stop || (await ports.rollouts.asked(input.rolloutId))) return false;
  const { file } = record.request;
  const alarm = await alarmOf(file.alarms, ports.alarms);
  if (alarm) await stopRollout('alarm', alarm, input, ports);
  const window = alarm ? undefined : await lookAtRolloutWindow(file, ports);
  return !alarm && (window?.verdict ?? 'open') === 'open';
}

/** Begins the change of a target, or what sends it back. */
async function begin(record: RolloutRecord, target: RolloutTarget, input: Input, ports: RolloutPorts): Promise<Step | undefined> {
  const { rolloutId, run, kind } = input;
  const { rollouts, clock } = ports;
  if (kind === 'change' && !(await mayBegin(record, input, ports))) return NOTHING;
  const whose = await whyNotOurs(target, rolloutId, ports);
  if (whose) {
    const notOurs = { ...target, says: kind === 'change' ? `set aside: ${whose}` : `it was applied, and not undone: ${whose}` };
    await note(kind === 'change' ? { ...notOurs, state: 'refused' } : { ...notOurs, state: 'needs-operator', failed: true }, input, ports);
    return undefined;
  }
  const { file } = record.request;
  if (kind === 'change') {
    await rollouts.saveTarget(rolloutId, { ...target, state: 'running', startedAt: clock.now().toISOString() }, run);
    return { next: 'change', changeId: changeIdAt(rolloutId, target), request: requestOf(rolloutId, file, target) };
  }
  const undoing: RolloutTarget = { ...target, state: 'undoing', undo: (target.undo ?? 0) + 1 };
  await rollouts.saveTarget(rolloutId, undoing, run);
  return { next: 'change', changeId: changeIdAt(rolloutId, target, undoing.undo), request: undoRequestOf(rolloutId, file, undoing) };
}

/** One target of a lane. @returns undefined when there is nothing left to do about it. */
async function advance(record: RolloutRecord, found: RolloutTarget, input: Input, ports: RolloutPorts): Promise<Step | undefined> {
  if (!isLeft(found, input.kind)) return undefined;
  if (!isUnderWay(found)) return begin(record, found, input, ports);
  const settled = await settle(input.rolloutId, found, ports);
  if (settled.kind === 'open') return { next: 'wait', seconds: settled.seconds };
  await note(settled.target, input, ports);
  // One whose change could not even be started is left to the next move, which notices when nothing comes of it again and again.
  return settled.kind === 'never-began' ? NOTHING : undefined;
}

/**
 * Settles the target of a lane whose change has ended, and begins the next one.
 * @throws StepError `LockLostError` for a run that may not go on.
 */
export async function nextInLane({ done, ...input }: NextInLaneInput, ports: RolloutPorts): Promise<NextInLaneOutput> {
  const first = await ports.rollouts.target(input.rolloutId, input.lane);
  if (!first) throw new StepError('InvalidInputError', `rollout ${input.rolloutId} has no target ${input.lane}`);
  // What was begun last is settled before anything else.
  for (let passed = Math.max(0, done - 1); passed < MOST_CHANGES_PER_LANE_RUN; passed += 1) {
    const target = await ports.rollouts.target(input.rolloutId, input.lane + passed);
    if (target?.wave !== first.wave || target.lane !== first.lane) return NOTHING;
    // Its failure was noted, and what it means for the budget perhaps no more: the step may have been cut short in between.
    if (passed === done - 1 && target.failed && !isLeft(target, input.kind) && input.kind === 'change') await stopIfSpent(input, ports);
    // Read anew each time: what was just settled may have stopped the rollout.
    const step = await advance(await recordFor(input, ports), target, input, ports);
    if (step) return step.next === 'nothing' ? NOTHING : { ...step, done: passed + 1 };
  }
  return NOTHING;
}

export const handler = rolloutStep({ input: NextInLaneInput, output: NextInLaneOutput }, nextInLane);
