import type { Gate } from '../contracts/approval.ts';
import type { DatabaseFacts, DatabaseRef } from '../contracts/facts.ts';
import type { ChangeRecord, ChangeReport, ChangeSummary, Holder, Lock, NewTimelineEvent } from '../contracts/record.ts';
import type { FullChangeRequest } from '../contracts/request.ts';

export interface LockRequest {
  readonly database: DatabaseRef;
  readonly changeId: string;
  readonly holder: Holder;
  readonly snapshot: DatabaseFacts;
  readonly leaseSeconds: number;
  /** Which run of the change asks. @default 0, the first */
  readonly run?: number;
}

export interface LockRenewal {
  readonly leaseSeconds: number;
  readonly snapshot?: DatabaseFacts;
  /** Which run of the change asks. @default 0, the first */
  readonly run?: number;
}

export interface TakeOver {
  /** The run that is known to be dead. */
  readonly from: number;
  readonly holder: Holder;
  readonly leaseSeconds: number;
  /** Why the change is taken over, in words. */
  readonly why: string;
}

export interface TakenOver {
  /** Number of the new run. */
  readonly run: number;
  /** The lock of the change, if it holds one. */
  readonly lock?: Lock;
}

/** Change records with their timeline, and one lock per database with the snapshot as write-ahead record. */
export interface ChangeStore {
  /**
   * Opens the record of a change. Opening it again changes nothing.
   * @returns false when it was open already.
   */
  open(request: FullChangeRequest, holder: Holder): Promise<boolean>;
  append(changeId: string, event: NewTimelineEvent): Promise<void>;

  /**
   * Takes the lock of a database, or returns the one this change holds already. A lock never changes hands by age alone.
   * @throws StepError `LockHeldError` naming holder and moment when another change holds it; `LockLostError` when this change has ended, or
   *   was taken over by another run.
   */
  acquireLock(request: LockRequest): Promise<Lock>;
  /**
   * Renews the lease of a lock, and replaces the snapshot beside it when one is given.
   * @throws StepError `LockLostError` when the lock is not this change's, the change has ended, or another run took it over.
   */
  refreshLock(changeId: string, renewal: LockRenewal): Promise<Lock>;

  /**
   * Records, before it is sent, that a write is about to be sent. Each write of a change can be claimed once, by whoever
   * runs the step and however often it is repeated: nobody sends a write without a claim, so none is sent twice.
   * @returns false when it was claimed before.
   * @param run - which run of the change asks.
   * @throws StepError `LockLostError` when the lock is not this change's, or another run took the change over.
   */
  claimWrite(changeId: string, step: string, command: string, run?: number): Promise<boolean>;
  /** Records that a claimed write provably never left. Its claim stays taken: it is not sent later either. */
  disclaimWrite(changeId: string, step: string, command: string): Promise<void>;
  /** Writes claimed so far that may have been sent, in order. */
  claimedWrites(changeId: string): Promise<{ step: string; command: string }[]>;

  /**
   * Stores the report, closes the gate and, unless it is kept for an operator, releases the lock: all or nothing.
   * @param run - which run of the change asks.
   * @throws StepError `LockLostError` when another run took the change over: what it will report is the truth.
   */
  complete(changeId: string, report: ChangeReport, keepLock: boolean, run?: number): Promise<void>;

  /**
   * Lets another run go on with a change whose run is known to be dead: from here on nothing of the dead one can claim a write, renew
   * the lock or complete the change.
   * @returns undefined when the change has ended, or somebody else took it over.
   */
  takeOver(changeId: string, takeOver: TakeOver): Promise<TakenOver | undefined>;

  /** Notes that somebody asked a change to stop. Asking again changes nothing. */
  requestCancel(changeId: string, asked: { by: string; via: string; reason?: string }): Promise<void>;
  isCancelRequested(changeId: string): Promise<boolean>;

  gate(changeId: string): Promise<Gate | undefined>;
  /**
   * Writes the gate of a change that has not ended, if the stored one has the revision before this one's; the first is revision 1.
   * @returns false when somebody else wrote it in the meantime, or the change has ended.
   */
  saveGate(changeId: string, gate: Gate): Promise<boolean>;
  /** Keeps what wakes a workflow at its gate; only `tokenOf` gives it back. */
  keepToken(changeId: string, token: string): Promise<void>;
  tokenOf(changeId: string): Promise<string | undefined>;

  get(changeId: string): Promise<ChangeRecord | undefined>;
  /** As `get`, without the timeline, which may be long. */
  summary(changeId: string): Promise<ChangeSummary | undefined>;
  /** Newest first. */
  list(limit: number): Promise<ChangeSummary[]>;
  locks(): Promise<Lock[]>;
  /** Releases the lock that a change holds and notes who did. @returns the lock that was released, if there was one. */
  clear(changeId: string, by: string): Promise<Lock | undefined>;
}
