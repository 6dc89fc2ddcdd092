import type { ChangeState } from '../contracts/change-state.ts';
import type { StepErrorName } from '../contracts/errors.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { ChangeRecord, Lock, TimelineEvent } from '../contracts/record.ts';

/** The longest that a deployed step may go on after its execution was stopped: a function may run for fifteen minutes, and its clock may differ. */
const LONGEST_STEP_SECONDS = 16 * 60;

const latest = <Type extends TimelineEvent['type']>(timeline: readonly TimelineEvent[], type: Type) =>
  timeline.findLast((event): event is Extract<TimelineEvent, { type: Type }> => event.type === type);

/** Writes that were about to be sent and have no answer on record: their senders may not have finished. */
function unanswered(timeline: readonly TimelineEvent[]): Extract<TimelineEvent, { type: 'write-claimed' }>[] {
  return timeline.flatMap((event, index) => {
    if (event.type !== 'write-claimed') return [];
    const isAnswer = (later: TimelineEvent) =>
      (later.type === 'command' || later.type === 'write-not-sent') && later.command === event.command;
    return timeline.slice(index).some(isAnswer) ? [] : [event];
  });
}

/**
 * When every write of a run that was cut short must have ended, its sender with it.
 * @returns undefined when none can be under way.
 */
export function writesEndBy({ timeline }: Pick<ChangeRecord, 'timeline'>): Date | undefined {
  const claimed = unanswered(timeline).map(({ at }) => Date.parse(at));
  return claimed.length > 0 ? new Date(Math.max(...claimed) + LONGEST_STEP_SECONDS * 1000) : undefined;
}

function healthIn(timeline: readonly TimelineEvent[]): HealthBefore | undefined {
  const before = timeline.findLast((event) => event.type === 'health' && event.baseline !== undefined);
  return before?.type === 'health' && before.baseline ? { reading: before.health, baseline: before.baseline } : undefined;
}

/** Why a change is undone that was cut short. */
export const cutShort = (why: string, isCancelled: boolean): { Error: StepErrorName; Cause: string } =>
  isCancelled
    ? { Error: 'ChangeCancelledError', Cause: 'somebody asked for this change to stop' }
    : { Error: 'ExecutionCutShortError', Cause: why };

/**
 * The state that a rollback goes on from, put together from the record and the snapshot beside the lock. Without a lock there is nothing
 * to go back to: that is for an operator, if anything was written.
 */
export function stateFromRecord(
  { request, timeline }: ChangeRecord,
  lock: Lock | undefined,
  failure: { Error: string; Cause: string },
): ChangeState {
  const planned = latest(timeline, 'plan');
  const health = healthIn(timeline);
  const snapshot = lock?.snapshot;
  return {
    request,
    ...(planned && { plan: planned.plan }),
    ...(snapshot && { before: snapshot, begun: { facts: snapshot } }),
    ...(health && { health }),
    failure,
    ...(!snapshot && {
      halted: { Error: 'LockLostError' satisfies StepErrorName, Cause: 'the change no longer holds the lock of its database' },
    }),
  };
}
