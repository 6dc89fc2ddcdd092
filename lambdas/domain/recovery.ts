import type { CaughtError, ChangeState } from '../contracts/change-state.ts';
import { isStepErrorName, STEP_ERRORS, type StepErrorName } from '../contracts/errors.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { ChangeRecord, Lock, ReportedError, TimelineEvent } from '../contracts/record.ts';

/** The longest that a deployed step may go on after its execution was stopped: a function may run for fifteen minutes, and its clock may differ. */
const LONGEST_STEP_SECONDS = 16 * 60;

const latest = <Type extends TimelineEvent['type']>(timeline: readonly TimelineEvent[], type: Type) =>
  timeline.findLast((event): event is Extract<TimelineEvent, { type: Type }> => event.type === type);

/** Writes that were about to be sent and have no answer on record: their senders may not have finished. */
function unanswered(timeline: readonly TimelineEvent[]): Extract<TimelineEvent, { type: 'write-claimed' }>[] {
  const isOver = ({ step, command }: { step: string; command: string }) =>
    timeline.some(
      (event) => (event.type === 'write-answered' || event.type === 'write-not-sent') && event.step === step && event.command === command,
    );
  return timeline.filter((event) => event.type === 'write-claimed').filter((claimed) => !isOver(claimed));
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

const caught = (name: string, message: string): CaughtError => ({ Error: name, Cause: message });

type StepEnd = Extract<TimelineEvent, { type: 'step-ended' }>;

/** Steps that put the end of a change on record: how they fail says nothing of the database. */
const CONCLUDING: ReadonlySet<string> = new Set(['Complete change', 'Recover change']);
/** What a run meets that was taken over or found nothing of its own: no finding about the database either. */
const NO_FINDING: ReadonlySet<string> = new Set(['LockLostError', 'NothingToRestoreError'] satisfies StepErrorName[]);

/** How the latest step that concerns the database ended, if it ended with an error. */
function latestFailure(timeline: readonly TimelineEvent[]): StepEnd['error'] {
  const end = timeline.findLast(
    (event): event is StepEnd =>
      event.type === 'step-ended' && !CONCLUDING.has(event.step) && !(event.error && NO_FINDING.has(event.error.name)),
  );
  return end?.error;
}

/**
 * Why undoing a change is a risk of its own, as its last step found, or undefined. A change that halted for that and was cut short before
 * that was on record is left to an operator, as it would have been. What may pass by itself is left to the rollback to see again.
 */
export function whyHalted({ timeline }: Pick<ChangeRecord, 'timeline'>): ReportedError | undefined {
  const error = latestFailure(timeline);
  if (!error || !isStepErrorName(error.name)) return undefined;
  const { repeat, afterWrite } = STEP_ERRORS[error.name];
  return afterWrite === 'halt' && !repeat ? error : undefined;
}

/** Why a change is undone that was cut short, with the failure that it met before, if it met one. */
export function cutShort({ timeline }: Pick<ChangeRecord, 'timeline'>, why: string, isCancelled: boolean): CaughtError {
  if (isCancelled) return caught('ChangeCancelledError' satisfies StepErrorName, 'somebody asked for this change to stop');
  const before = timeline.find((event): event is StepEnd => event.type === 'step-ended' && event.error !== undefined)?.error;
  return caught('ExecutionCutShortError' satisfies StepErrorName, before ? `${why}; before that: ${before.name}: ${before.message}` : why);
}

const NO_LOCK = caught('LockLostError', 'the change no longer holds the lock of its database');

/**
 * The state that a recovery goes on from, put together from the record and the snapshot beside the lock. Without a lock there is nothing
 * to go back to: that is for an operator, if anything was written, and so is what the change itself had left to one.
 */
export function stateFromRecord(record: ChangeRecord, lock: Lock | undefined, failure: CaughtError): ChangeState {
  const { request, timeline } = record;
  const planned = latest(timeline, 'plan');
  const health = healthIn(timeline);
  const halted = whyHalted(record);
  return {
    request,
    ...(planned && { plan: planned.plan }),
    ...(lock && { before: lock.snapshot, begun: { facts: lock.snapshot } }),
    ...(health && { health }),
    ...(halted ? { halted: caught(halted.name, halted.message) } : { failure }),
    ...(!lock && !halted && { halted: NO_LOCK }),
  };
}
