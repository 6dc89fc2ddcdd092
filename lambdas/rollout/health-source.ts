import { StepError } from '../contracts/errors.ts';
import type { HealthBefore, ReplicationHealth } from '../contracts/health.ts';
import type { Traffic } from '../contracts/traffic.ts';
import type { DatabaseId } from '../contracts/words.ts';
import { baselineOf } from '../domain/health.ts';
import type { HealthReader } from '../ports/cluster.ts';

/** Errors that every further question would end with as well, each after its own long wait or at the price of another failed login. */
const CLOSED: readonly string[] = ['ClusterUnreachableError', 'ClusterAccessError'];

/** Why there is no answer. */
export interface Failed {
  readonly error: string;
}

/** Health as the reading of a database has it: none where the cluster has no source, else the health or why there is none. */
export interface HealthFound {
  readonly health?: HealthBefore;
  readonly healthError?: string;
}

/** The source of health data of a cluster, if it has one. Once it proves to be closed it is left alone. */
export class HealthSource {
  readonly #open: () => Promise<HealthReader | undefined>;
  #closed: Failed | undefined;
  #first: Promise<unknown> | undefined;

  /** @param open - is called before every question, and may fail like one. */
  constructor(open: () => Promise<HealthReader | undefined>) {
    this.#open = open;
  }

  async healthOf(id: DatabaseId): Promise<HealthFound> {
    const answer = await this.#ask(async (reader): Promise<HealthBefore> => {
      const reading = await reader.readHealth(id);
      return { reading, baseline: baselineOf(reading, await reader.readLagStatistics(reading)) };
    });
    if (answer === undefined) return {};
    return 'error' in answer ? { healthError: answer.error } : { health: answer };
  }

  /**
   * How replication is doing now.
   * @returns undefined where the cluster has no such source; why not, where it does not tell.
   */
  async readingOf(id: DatabaseId, lagToleranceMs: number): Promise<ReplicationHealth | Failed | undefined> {
    return this.#ask((reader) => reader.readHealth(id, lagToleranceMs));
  }

  /** What each database carries; none where that cannot be had. */
  async traffic(): Promise<ReadonlyMap<DatabaseId, Traffic>> {
    const answer = await this.#ask((reader) => reader.readTraffic());
    return answer === undefined || 'error' in answer ? new Map() : answer;
  }

  /** Whoever asks waits for the first answer: until then it is not known whether the login is good, and a few failed ones lock an account. */
  async #ask<T extends object>(read: (reader: HealthReader) => Promise<T>): Promise<T | Failed | undefined> {
    const answer = (this.#first ?? Promise.resolve()).then(() => this.#try(read));
    this.#first ??= answer.catch(() => {});
    return answer;
  }

  async #try<T extends object>(read: (reader: HealthReader) => Promise<T>): Promise<T | Failed | undefined> {
    if (this.#closed) return this.#closed;
    try {
      const reader = await this.#open();
      return reader && (await read(reader));
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      const failed = { error: error.message };
      if (CLOSED.includes(error.name)) this.#closed = failed;
      return failed;
    }
  }
}
