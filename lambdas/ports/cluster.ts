import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { LagStatistics, ReplicationHealth } from '../contracts/health.ts';
import type { Traffic } from '../contracts/traffic.ts';
import type { DatabaseId } from '../contracts/words.ts';
import type { Write, WriteAnswer } from '../contracts/write.ts';

/** What a step may learn about a cluster. */
export interface ClusterReader {
  /**
   * Reads one database and what goes on in the cluster as a whole, in one journey where the way in allows it.
   * @param database - its id, or its name while it is not pinned yet.
   * @throws StepError as `readDatabase`. What the cluster does not say about its conditions stays absent; only a missing answer throws.
   */
  inspect(database: DatabaseId | string): Promise<Inspection>;
  /**
   * Reads one database.
   * @throws StepError `PreconditionFailedError` when there is no such database, or several of that name;
   *   `ClusterUnreachableError` without an answer; `ClusterOutputError` for an answer in no known form.
   */
  readDatabase(database: DatabaseId | string): Promise<DatabaseFacts>;
  /** Reads every database, in the order of their ids. One that cannot be read is reported with the reason. */
  readAll(): Promise<(DatabaseFacts | UnreadDatabase)[]>;
  /** What goes on in the cluster as a whole. What the cluster does not say stays absent. @throws StepError as `readDatabase`. */
  readConditions(): Promise<ClusterConditions>;
  /** A write in the words of the cluster's own interface. */
  describe(write: Write): string;
}

export interface Inspection {
  readonly facts: DatabaseFacts;
  readonly conditions: ClusterConditions;
}

export interface UnreadDatabase {
  readonly id: DatabaseId;
  readonly name: string;
  readonly error: { readonly name: string; readonly message: string };
}

export interface SendOptions {
  /** How long to wait for the answer. */
  readonly limitSeconds: number;
  /** Names this very write of this very change, so that it can be found again; at most 100 characters. */
  readonly runId: string;
}

/** A write that this change may have sent, with its text as `describe` gave it: some ways in find it by that when its run id got lost. */
export interface EarlierWrite extends SendOptions {
  readonly command?: string;
}

/**
 * What a step may change. Each call lets one write take effect at most: what the cluster turned down as busy may be asked again, what may
 * have been taken never is. It does not throw for what it answered.
 */
export interface ClusterWriter extends ClusterReader {
  send(write: Write, options: SendOptions): Promise<WriteAnswer>;
  /**
   * What became of a write that was sent under this run id before, waited for when it is still under way. Sends nothing.
   * @returns undefined where the way in keeps no trace of what was sent.
   */
  recall(earlier: EarlierWrite): Promise<WriteAnswer | undefined>;
}

/** A source of health data. rladmin is none; the REST API is. */
export interface HealthReader {
  /**
   * @param lagToleranceMs - how far behind the cluster's availability check may find a source, where it has such a check; without it,
   *   lag is no part of that check.
   * @throws StepError `ClusterUnreachableError`, `ClusterOutputError`, `ClusterAccessError`.
   */
  readHealth(database: DatabaseId, lagToleranceMs?: number): Promise<ReplicationHealth>;
  /** Lag of the last minutes. @returns undefined where the cluster keeps no such statistics. */
  readLagStatistics(health: ReplicationHealth): Promise<LagStatistics | undefined>;
  /** What each database carries, as far as the cluster keeps statistics. @throws StepError as `readHealth`. */
  readTraffic(): Promise<ReadonlyMap<DatabaseId, Traffic>>;
}
