import type { StepErrorName } from '../contracts/errors.ts';
import type { WriteAnswer } from '../contracts/write.ts';

/** How a reading after a write compares with what was there before and with what was asked for. */
export type Comparison = 'wanted' | 'partly' | 'as-before' | 'neither' | 'unread';

export interface WriteEvidence {
  readonly answer: WriteAnswer;
  readonly comparison: Comparison;
  /** The database is active and no job runs on it. */
  readonly idle: boolean;
  /** Seconds since the command ended. */
  readonly waitedSeconds: number;
  /** How many readings in a row compared like this. */
  readonly equalReadings: number;
}

export interface ProofLimits {
  /** How long a setting may take to show after the command ended, in seconds. */
  readonly showSeconds: number;
  /** How long the database may stay busy after the command ended, in seconds. */
  readonly busySeconds: number;
}

export type WriteJudgement = 'proven' | 'wait' | StepErrorName;

/**
 * What a write did, decided from state alone; the text of the answer only tells how patient to be. A write without an
 * answer is unknown, never failed.
 */
export function judgeWrite({ answer, comparison, idle, waitedSeconds, equalReadings }: WriteEvidence, limits: ProofLimits): WriteJudgement {
  // What was never sent and is there all the same, somebody else did.
  if (comparison === 'wanted' && idle) return answer.kind === 'not-sent' ? 'ForeignChangeError' : 'proven';
  if (comparison === 'unread') return waitedSeconds < limits.busySeconds ? 'wait' : 'ClusterUnreachableError';
  if (!idle) return waitedSeconds < limits.busySeconds ? 'wait' : 'ClusterStuckError';
  const plainlyRefused = answer.kind === 'refused' || answer.kind === 'not-sent';
  if (plainlyRefused && comparison === 'as-before' && equalReadings >= 2) return 'WriteRejectedError';
  if (waitedSeconds < limits.showSeconds) return 'wait';
  // It may take effect after everybody has looked away.
  if (answer.stillRuns) return 'ClusterStuckError';
  if (comparison === 'neither') return 'ForeignChangeError';
  if (comparison === 'partly') return 'PreconditionFailedError';
  return answer.kind === 'accepted' || answer.kind === 'nothing-to-do' ? 'ChangeNotAppliedError' : 'WriteRejectedError';
}
