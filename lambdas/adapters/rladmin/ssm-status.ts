/** The fields of an invocation that tell how far it came; both the single answer and the list have them, the latter fewer. */
export interface InvocationFacts {
  readonly Status?: string | undefined;
  readonly StatusDetails?: string | undefined;
  readonly ResponseCode?: number | undefined;
  readonly ExecutionStartDateTime?: string | undefined;
  readonly StandardOutputContent?: string | undefined;
}

/** `ended`: the script ended by itself. `overran`: it was killed after its limit. `barred`: Systems Manager did not let it run. */
export type Progress = 'waiting' | 'delayed' | 'running' | 'ended' | 'undelivered' | 'overran' | 'stopped' | 'barred';

const PROGRESS: Readonly<Record<string, Progress>> = {
  pending: 'waiting',
  delayed: 'delayed',
  inprogress: 'running',
  // Not an end: what is being cancelled may still end by itself.
  cancelling: 'running',
  success: 'ended',
  failed: 'ended',
  deliverytimedout: 'undelivered',
  undeliverable: 'undelivered',
  executiontimedout: 'overran',
  cancelled: 'stopped',
  // Without details it does not say which of the two limits it was.
  timedout: 'stopped',
  terminated: 'barred',
  ratexceeded: 'barred',
  rateexceeded: 'barred',
  accessdenied: 'barred',
  invalidplatform: 'barred',
  incomplete: 'barred',
  noinstancesintag: 'barred',
};

// The documentation writes "Delivery Timed Out", answers carry "DeliveryTimedOut".
const known = (status = ''): Progress | undefined => {
  const word = status.replace(/\s+/g, '').toLowerCase();
  return Object.hasOwn(PROGRESS, word) ? PROGRESS[word] : undefined;
};

/** A status that nobody knows is no end: the limit is. */
export const progressOf = ({ Status, StatusDetails }: InvocationFacts): Progress => known(StatusDetails) ?? known(Status) ?? 'running';

/** True when nothing tells of a start; -1 is the code of a script that has not run. */
export const neverRan = ({ ResponseCode = -1, ExecutionStartDateTime, StandardOutputContent }: InvocationFacts): boolean =>
  ResponseCode === -1 && !ExecutionStartDateTime && !StandardOutputContent;

export const statusText = ({ Status, StatusDetails }: InvocationFacts): string => StatusDetails || Status || 'no status';
