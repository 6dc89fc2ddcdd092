import type { CaughtError, ChangeState } from '../contracts/change-state.ts';
import { isStepErrorName, STEP_ERRORS } from '../contracts/errors.ts';
import type { Outcome } from '../contracts/outcomes.ts';
import type { ReportedError } from '../contracts/record.ts';

/** How a change ended, and the error that made it end so. */
export interface Ending {
  readonly outcome: Outcome;
  readonly error?: ReportedError;
}

/** Lambda and the local engine both put a JSON document with `errorMessage` into the cause of a thrown error, or its bare text. */
export function readCause({ Error: name, Cause: cause = '' }: CaughtError): ReportedError {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return { name, message: String(parsed.errorMessage) };
  } catch {
    // Not JSON: the text itself is the message.
  }
  return { name, message: cause || name };
}

const beforeWrite = (error: ReportedError): Ending => ({
  outcome: isStepErrorName(error.name) ? STEP_ERRORS[error.name].beforeWrite : 'refused',
  error,
});

/**
 * The outcome that the state of an execution proves. `applied` and `rolled-back` need a passed verification; whatever is
 * not proven one way or the other needs an operator.
 * @param writes - how many writes the change has claimed: without one, nothing can have been changed.
 */
export function endingOf(change: ChangeState, writes: number): Ending {
  const caught = change.halted ?? change.failure ?? change.stopped;
  // The error that came first is the one that explains the end of a change that wrote nothing.
  const first = change.stopped ?? change.failure ?? change.halted;
  if (first && writes === 0) return beforeWrite(readCause(first));
  if (change.failure && !change.halted && change.restoredVerification?.verdict === 'passed')
    return { outcome: 'rolled-back', error: readCause(change.failure) };
  if (change.halted && change.failure)
    return { outcome: 'needs-operator', error: failedRollback(readCause(change.failure), readCause(change.halted)) };
  if (caught) return { outcome: 'needs-operator', error: readCause(caught) };
  if (change.verification?.verdict === 'passed') return { outcome: 'applied' };
  if (writes === 0 && !change.begun && change.next === 'refuse') return refusedBy(change.plan?.blockers ?? []);
  if (writes === 0 && !change.begun && change.next === 'finish') return { outcome: change.plan?.needed ? 'planned' : 'unchanged' };
  return { outcome: 'needs-operator', error: { name: 'InvalidInputError', message: 'the execution ended without a proof of its result' } };
}

/** Why the rollback was begun is as much a part of the story as why it did not succeed. */
const failedRollback = (first: ReportedError, second: ReportedError): ReportedError => ({
  name: second.name,
  message: `rolling back after ${first.name} (${first.message}) did not succeed: ${second.message}`,
});

const refusedBy = (blockers: string[]): Ending => ({
  outcome: 'refused',
  error: { name: 'PreconditionFailedError', message: blockers.join('; ') || 'refused' },
});
