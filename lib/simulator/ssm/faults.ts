import type { Scripted } from '../faults.ts';

/** How a command ends other than by its script's exit code; with the status that goes with each in the API. */
export const ENDINGS = {
  'Delivery Timed Out': 'TimedOut',
  'Execution Timed Out': 'TimedOut',
  Undeliverable: 'Failed',
  Terminated: 'Failed',
  'Access Denied': 'Failed',
  'Rate Exceeded': 'Failed',
  'Invalid Platform': 'Failed',
  Incomplete: 'Failed',
  Cancelled: 'Cancelled',
  Cancelling: 'Cancelling',
  'In Progress': 'InProgress',
} as const;
export type Ending = keyof typeof ENDINGS;

export type SsmEffect =
  /** The service refuses: `ThrottlingException`, `AccessDeniedException`, `ExpiredTokenException` and the like. Nothing is carried out. */
  | { kind: 'error'; type: string; message?: string; status?: number }
  /** The connection is closed before anything is carried out. */
  | { kind: 'close' }
  /** The request is carried out, then the connection is closed or an error of the server answers. */
  | { kind: 'lost-answer'; how: 'close' | 'error' }
  | { kind: 'slow'; ms: number }
  /** Lists are empty. */
  | { kind: 'empty' }
  /** For so many questions nobody knows the command yet, although it runs. */
  | { kind: 'unseen'; polls: number }
  /** So many questions pass before the command is delivered and runs. */
  | { kind: 'late'; polls: number; details?: 'Pending' | 'Delayed' }
  /** Ends like this; its script was run to its end before, or not at all. Either way its output is not shown. */
  | { kind: 'end'; details: Ending; ran: boolean }
  /** The output is replaced, the script was run or not. */
  | { kind: 'output'; ran: boolean; stdout?: string; stderr?: string; exitCode?: number }
  /** Cancelling the command does not stop its script. */
  | { kind: 'survives-cancel' };

/** Matched against the operation and what it is about: `SendCommand i-1 syncshift-lab actions=tune-syncer database=db:7`. */
export type SsmFault = Scripted<SsmEffect>;
