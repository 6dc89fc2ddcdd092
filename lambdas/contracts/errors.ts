/**
 * Every way a step can fail, and what the workflow does about it. Lambda hands Step Functions only an error's name and
 * message, so the name picks the route: this table types the `throw` and builds every Retry and Catch.
 */
interface Reaction {
  /** Repeat the step a few times first: the failure may pass by itself and repeating cannot send a write twice. */
  readonly repeat: boolean;
  /** How the change ends when nothing has been written yet. */
  readonly beforeWrite: 'refused' | 'drifted' | 'rejected' | 'expired' | 'window-missed';
  /** `rollback`: restore centralized and prove it. `halt`: undoing is a risk of its own, leave it to an operator. */
  readonly afterWrite: 'rollback' | 'halt';
}

const repeatThenHalt = { repeat: true, beforeWrite: 'refused', afterWrite: 'halt' } as const;
const rollback = { repeat: false, beforeWrite: 'refused', afterWrite: 'rollback' } as const;
const halt = { repeat: false, beforeWrite: 'refused', afterWrite: 'halt' } as const;

export const STEP_ERRORS = {
  /** No answer to a read. A state that cannot be read must not be changed, not even back. */
  ClusterUnreachableError: repeatThenHalt,
  /** The database works on another change. */
  DatabaseBusyError: repeatThenHalt,
  /** The step cannot read what it was handed. */
  InvalidInputError: rollback,
  /** The step answered in a form the next state cannot use. */
  InvalidOutputError: rollback,
  /** The cluster's configuration here is wrong: no such program, no permission, no such transport. */
  ClusterAccessError: rollback,
  /** The database is not in a state this step may change. */
  PreconditionFailedError: rollback,
  /** Another change holds the lock of this database. */
  LockHeldError: rollback,
  /** Under the lock the material facts are no longer those that were planned for. */
  PlanDriftedError: { repeat: false, beforeWrite: 'drifted', afterWrite: 'rollback' },
  /** An approver said no. */
  ApprovalRejectedError: { repeat: false, beforeWrite: 'rejected', afterWrite: 'rollback' },
  /** Nobody who may approve did so in time, or the approval is too old to be used. */
  ApprovalExpiredError: { repeat: false, beforeWrite: 'expired', afterWrite: 'rollback' },
  /** The workflow was let through its gate, and the record holds no approval of this plan. */
  NotApprovedError: rollback,
  /** Change and rollback do not fit into what is left of the window. */
  WindowMissedError: { repeat: false, beforeWrite: 'window-missed', afterWrite: 'rollback' },
  /** A calendar could not be read. An unknown calendar is never an open one. */
  CalendarUnreadableError: repeatThenHalt,
  /** The run of this change was stopped, timed out or crashed, and another one undoes it. */
  ExecutionCutShortError: rollback,
  /** Somebody asked this change to stop. */
  ChangeCancelledError: rollback,
  /** The cluster refused a write, or it got lost, and the state was read back as it was before. */
  WriteRejectedError: rollback,
  /** The samples say that the wanted state does not hold. */
  VerificationFailedError: rollback,
  /** Too few good samples before the deadline to call it good. */
  VerificationInconclusiveError: rollback,
  /** The state could not be sampled. No data is never a pass, and an unread state is never undone. */
  VerificationErroredError: halt,
  /** The cluster printed something that is in no known form: our understanding is wrong, so we stop. */
  ClusterOutputError: halt,
  /** The cluster reported success and the setting did not take: it may still take later. */
  ChangeNotAppliedError: halt,
  /** The database stays busy past every deadline after our write. */
  ClusterStuckError: halt,
  /** A node or shard went down in the middle of the change. */
  ClusterDegradedError: halt,
  /** A full sync runs, or ran since the change: another switch would begin it anew. */
  FullSyncError: halt,
  /** A syncer met an unrecoverable error: starting it again empties the destination of Replica Of. */
  SyncStoppedError: halt,
  /** No source can be reached and a peer is down: setting the mode back would not help. */
  PeerDownError: halt,
  /** Somebody else changed this database during the change: undoing could undo their work. */
  ForeignChangeError: halt,
  /** A rollback found that nothing had been written: there is nothing to undo, and it must not be what writes first. */
  NothingToRestoreError: halt,
  /** The lock of this change is gone or somebody else's. */
  LockLostError: halt,
} as const satisfies Record<string, Reaction>;

export type StepErrorName = keyof typeof STEP_ERRORS;

export const STEP_ERROR_NAMES = Object.keys(STEP_ERRORS) as StepErrorName[];

export class StepError extends Error {
  override readonly name: StepErrorName;

  constructor(name: StepErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

export const isStepErrorName = (name: string): name is StepErrorName => Object.hasOwn(STEP_ERRORS, name);

/** Names of the errors after which a step is repeated. */
export const errorsThatRepeat = (): StepErrorName[] => STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].repeat);

/** Names of the errors that have this effect once something was written. */
export const errorsThat = (reaction: Reaction['afterWrite']): StepErrorName[] =>
  STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].afterWrite === reaction);
