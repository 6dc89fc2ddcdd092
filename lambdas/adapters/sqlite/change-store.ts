import { DatabaseSync } from 'node:sqlite';
import { StepError } from '../../contracts/errors.ts';
import type { DatabaseFacts } from '../../contracts/facts.ts';
import {
  type ChangeRecord,
  type ChangeReport,
  type ChangeSummary,
  type Lock,
  lockHeld,
  type NewTimelineEvent,
  type TimelineEvent,
} from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import type { ChangeStore, LockRequest } from '../../ports/change-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { migrate } from './schema.ts';

/** Long enough for another process to finish its few statements. */
const BUSY_MS = 10_000;

type Row = Record<string, unknown>;
const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;

const toLock = (row: Row): Lock => ({
  cluster: String(row.cluster),
  database: String(row.database),
  changeId: String(row.change_id),
  holder: json(row.holder),
  since: String(row.since),
  leaseUntil: String(row.lease_until),
  snapshot: json(row.snapshot),
});

const toSummary = (row: Row): ChangeSummary => ({
  changeId: String(row.change_id),
  request: json(row.request),
  startedAt: String(row.started_at),
  ...(row.ended_at !== null && { endedAt: String(row.ended_at) }),
  ...(row.report !== null && { report: json<ChangeReport>(row.report) }),
});

const MAY_HAVE_BEEN_SENT = `
  SELECT step, command FROM writes WHERE change_id = ? AND NOT EXISTS (
    SELECT 1 FROM events WHERE events.change_id = writes.change_id
      AND event ->> 'type' = 'write-not-sent' AND event ->> 'step' = step AND event ->> 'command' = command
  ) ORDER BY seq`;

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

const SQLITE_BUSY = 5;
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

/** The change store of one machine: a file that every process there shares. `:memory:` keeps nothing. */
export class SqliteChangeStore implements ChangeStore {
  readonly #db: DatabaseSync;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onEvent: (changeId: string, event: TimelineEvent) => void;

  /** @param onEvent - told of every line of a timeline as it is written. */
  constructor(path: string, clock: Pick<Clock, 'now'>, onEvent: (changeId: string, event: TimelineEvent) => void = () => {}) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#db = new DatabaseSync(path, { timeout: BUSY_MS });
    useWriteAheadLog(this.#db);
    this.#db.exec('PRAGMA synchronous = NORMAL');
    migrate(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  async open(request: FullChangeRequest): Promise<void> {
    this.#run('INSERT OR IGNORE INTO changes (change_id, request, started_at) VALUES (?, ?, ?)', [
      request.changeId,
      JSON.stringify(request),
      this.#now(),
    ]);
  }

  async append(changeId: string, event: NewTimelineEvent): Promise<void> {
    this.#note(changeId, event);
  }

  async acquireLock({ database, changeId, holder, snapshot, leaseSeconds }: LockRequest): Promise<Lock> {
    return this.#durably(() => {
      const held = this.#row('SELECT * FROM locks WHERE cluster = ? AND database = ?', [database.cluster, database.id]);
      if (held && held.change_id !== changeId) throw lockHeld(toLock(held));
      if (!held)
        this.#run('INSERT INTO locks (cluster, database, change_id, holder, since, lease_until, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)', [
          database.cluster,
          database.id,
          changeId,
          JSON.stringify(holder),
          this.#now(),
          this.#later(leaseSeconds),
          JSON.stringify(snapshot),
        ]);
      return this.#ownLock(changeId);
    });
  }

  async refreshLock(changeId: string, leaseSeconds: number, snapshot?: DatabaseFacts): Promise<Lock> {
    return this.#durably(() => {
      this.#ownLock(changeId);
      this.#run('UPDATE locks SET lease_until = ?, snapshot = coalesce(?, snapshot) WHERE change_id = ?', [
        this.#later(leaseSeconds),
        snapshot ? JSON.stringify(snapshot) : null,
        changeId,
      ]);
      return this.#ownLock(changeId);
    });
  }

  async claimWrite(changeId: string, step: string, command: string): Promise<boolean> {
    return this.#durably(() => {
      this.#ownLock(changeId);
      const { changes } = this.#run('INSERT OR IGNORE INTO writes (change_id, step, command) VALUES (?, ?, ?)', [changeId, step, command]);
      if (changes === 1) this.#note(changeId, { type: 'write-claimed', step, command });
      return changes === 1;
    });
  }

  async disclaimWrite(changeId: string, step: string, command: string): Promise<void> {
    this.#note(changeId, { type: 'write-not-sent', step, command });
  }

  async claimedWrites(changeId: string): Promise<{ step: string; command: string }[]> {
    const rows = this.#db.prepare(MAY_HAVE_BEEN_SENT).all(changeId);
    return rows.map((row) => ({ step: String(row.step), command: String(row.command) }));
  }

  async complete(changeId: string, report: ChangeReport, keepLock: boolean): Promise<void> {
    this.#durably(() => {
      this.#run('UPDATE changes SET report = ?, ended_at = ? WHERE change_id = ?', [JSON.stringify(report), this.#now(), changeId]);
      if (!keepLock) this.#run('DELETE FROM locks WHERE change_id = ?', [changeId]);
    });
  }

  async get(changeId: string): Promise<ChangeRecord | undefined> {
    const row = this.#row('SELECT * FROM changes WHERE change_id = ?', [changeId]);
    if (!row) return undefined;
    const events = this.#db.prepare('SELECT event FROM events WHERE change_id = ? ORDER BY seq').all(changeId);
    return { ...toSummary(row), timeline: events.map((entry) => json<TimelineEvent>(entry.event)) };
  }

  async list(limit: number): Promise<ChangeSummary[]> {
    const rows = this.#db.prepare('SELECT * FROM changes ORDER BY started_at DESC, rowid DESC LIMIT ?').all(limit);
    return rows.map(toSummary);
  }

  async locks(): Promise<Lock[]> {
    return this.#db.prepare('SELECT * FROM locks ORDER BY since').all().map(toLock);
  }

  async clear(changeId: string, by: string): Promise<Lock | undefined> {
    return this.#durably(() => {
      const row = this.#row('DELETE FROM locks WHERE change_id = ? RETURNING *', [changeId]);
      if (!row) return undefined;
      this.#note(changeId, { type: 'note', text: `lock cleared by ${by}` });
      return toLock(row);
    });
  }

  #note(changeId: string, event: NewTimelineEvent): void {
    const dated = { at: this.#now(), ...event } as TimelineEvent;
    this.#run('INSERT INTO events (change_id, event) VALUES (?, ?)', [changeId, JSON.stringify(dated)]);
    this.#onEvent(changeId, dated);
  }

  #ownLock(changeId: string): Lock {
    const row = this.#row('SELECT * FROM locks WHERE change_id = ?', [changeId]);
    if (!row) throw new StepError('LockLostError', `${changeId} no longer holds the lock of its database`);
    return toLock(row);
  }

  /**
   * Runs in one transaction that is on the disk before anything else happens: a write that was sent to a cluster must not be
   * forgotten because the machine lost power.
   */
  #durably<T>(work: () => T): T {
    this.#db.exec('PRAGMA synchronous = FULL');
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #row(sql: string, values: (string | number | null)[]): Row | undefined {
    return this.#db.prepare(sql).get(...values);
  }

  #run(sql: string, values: (string | number | null)[]): { changes: number | bigint } {
    return this.#db.prepare(sql).run(...values);
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }

  #later(seconds: number): string {
    return new Date(this.#clock.now().getTime() + seconds * 1000).toISOString();
  }
}
