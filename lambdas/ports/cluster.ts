import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { DatabaseId } from '../contracts/words.ts';
import type { Write, WriteAnswer } from '../contracts/write.ts';

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
  readonly error: { readonly name: string; readonly message: string };
}

/** What a step may change. Each call sends exactly one command; it never repeats one and never throws for what it answered. */
export interface ClusterWriter extends ClusterReader {
  /** @param limitSeconds - how long to wait for the answer. */
  send(write: Write, limitSeconds: number): Promise<WriteAnswer>;
}
