import type { DatabaseFacts, DatabaseRef } from '../contracts/facts.ts';
import type { ChangeRecord, ChangeReport, ChangeSummary, Holder, Lock, NewTimelineEvent } from '../contracts/record.ts';
import type { FullChangeRequest } from '../contracts/request.ts';

export interface LockRequest {
  readonly database: DatabaseRef;
  readonly changeId: string;
  readonly holder: Holder;
  readonly snapshot: DatabaseFacts;
  readonly leaseSeconds: number;
}

/** Change records with their timeline, and one lock per database with the snapshot as write-ahead record. */
export interface ChangeStore {
  /** Opens the record of a change. Opening it again does nothing. */
  open(request: FullChangeRequest): Promise<void>;
  append(changeId: string, event: NewTimelineEvent): Promise<void>;

  /**
   * Takes the lock of a database, or returns the one this change holds already. A lock never changes hands by age alone.
   * @throws StepError `LockHeldError` naming holder and moment when another change holds it.
   */
  acquireLock(request: LockRequest): Promise<Lock>;
  /** Replaces the snapshot beside the lock and renews its lease. @throws StepError `LockLostError` when the lock is not this change's. */
  refreshLock(changeId: string, leaseSeconds: number, snapshot?: DatabaseFacts): Promise<Lock>;

  /**
   * Records, before it is sent, that a write is about to be sent. Each write of a change can be claimed once, by whoever
   * runs the step and however often it is repeated: nobody sends a write without a claim, so none is sent twice.
   * @returns false when it was claimed before.
   * @throws StepError `LockLostError` when the lock is not this change's.
   */
  claimWrite(changeId: string, step: string, command: string): Promise<boolean>;
  /** Records that a claimed write provably never left. Its claim stays taken: it is not sent later either. */
  disclaimWrite(changeId: string, step: string, command: string): Promise<void>;
  /** Writes claimed so far that may have been sent, in order. */
  claimedWrites(changeId: string): Promise<{ step: string; command: string }[]>;

  /** Stores the report and, unless it is kept for an operator, releases the lock: both or neither. */
  complete(changeId: string, report: ChangeReport, keepLock: boolean): Promise<void>;

  get(changeId: string): Promise<ChangeRecord | undefined>;
  /** Newest first. */
  list(limit: number): Promise<ChangeSummary[]>;
  locks(): Promise<Lock[]>;
  /** Releases the lock that a change holds and notes who did. @returns the lock that was released, if there was one. */
  clear(changeId: string, by: string): Promise<Lock | undefined>;
}
