import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/** Long enough for another process to finish its few statements. */
const BUSY_MS = 10_000;
const SQLITE_BUSY = 5;

export type Row = Record<string, unknown>;
type Value = string | number | null;

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

/** Turning the log on needs the file for a moment, and is the one statement for which SQLite does not wait by itself. */
function useWriteAheadLog(db: DatabaseSync): void {
  const deadline = Date.now() + BUSY_MS;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** A file of tables that several processes share. */
export class ChangeFile {
  readonly #db: DatabaseSync;
  /** Each statement is prepared once: a rollout runs a few of them tens of thousands of times. */
  readonly #prepared = new Map<string, StatementSync>();

  /** @throws Error when the file cannot be used, or was written by a newer version. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: BUSY_MS });
    useWriteAheadLog(this.#db);
    this.#db.exec('PRAGMA synchronous = NORMAL');
    migrate(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  row(sql: string, ...values: Value[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  rows(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** @returns how many rows were changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    const statement = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** Runs in one transaction: all of it or nothing. A power cut may take it back, with everything after it. */
  atomically<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Runs in one transaction that is on the disk before anything else happens, and every earlier one with it: a write that was sent to a
   * cluster must not be forgotten because the machine lost power, nor an end that somebody was told.
   */
  durably<T>(work: () => T): T {
    this.#db.exec('PRAGMA synchronous = FULL');
    try {
      return this.atomically(work);
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
  }
}
