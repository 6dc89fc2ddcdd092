import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { Write } from '../contracts/plan.ts';
import type { DatabaseId } from '../contracts/words.ts';

/** What a step may learn about a cluster. */
export interface ClusterReader {
  /**
   * Reads one database.
   * @param database - its id, or its name while it is not pinned yet.
   * @throws StepError `PreconditionFailedError` when there is no such database, or several of that name;
   *   `ClusterUnreachableError` without an answer; `ClusterOutputError` for an answer in no known form.
   */
  readDatabase(database: DatabaseId | string): Promise<DatabaseFacts>;
  /** Reads every database, in the order of their ids. One that cannot be read is reported with the reason. */
  readAll(): Promise<(DatabaseFacts | UnreadDatabase)[]>;
  /** What goes on in the cluster as a whole. What it does not say stays absent; only a missing answer throws. */
  readConditions(): Promise<ClusterConditions>;
  /** A write in the words of the cluster's own interface. */
  describe(write: Write): string;
}

export interface UnreadDatabase {
  readonly id: DatabaseId;
  readonly name: string;
  readonly reason: string;
}

/**
 * What came back from a write. It is a hint: what a write did is decided by reading.
 * `none`: no answer at all, so the write may or may not have happened. `not-sent`: it provably never left.
 */
export interface WriteAnswer {
  readonly kind: 'accepted' | 'nothing-to-do' | 'refused' | 'none' | 'not-sent';
  readonly text: string;
}

/** What a step may change. Each call sends exactly one command; it never repeats one and never throws for what it answered. */
export interface ClusterWriter extends ClusterReader {
  /** @param limitSeconds - how long to wait for the answer. */
  send(write: Write, limitSeconds: number): Promise<WriteAnswer>;
}
