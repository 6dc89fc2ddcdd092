import type { Gate } from '../../contracts/approval.ts';
import {
  type ChangeRecord,
  type ChangeReport,
  type ChangeSummary,
  type Holder,
  type Lock,
  lockHeld,
  lockLost,
  type NewTimelineEvent,
  runLost,
  type TimelineEvent,
} from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import type { ChangeStore, LockRenewal, LockRequest, TakenOver, TakeOver } from '../../ports/change-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { ChangeFile, type Row } from './change-file.ts';
import { json, toGate, toLock, toSummary } from './rows.ts';

const MAY_HAVE_BEEN_SENT = `
  SELECT step, command FROM writes WHERE change_id = ? AND NOT EXISTS (
    SELECT 1 FROM events WHERE events.change_id = writes.change_id
      AND event ->> 'type' = 'write-not-sent' AND event ->> 'step' = step AND event ->> 'command' = command
  ) ORDER BY seq`;

/** The change store of one machine: a file that every process there shares. `:memory:` keeps nothing. */
export class SqliteChangeStore implements ChangeStore {
  readonly #file: ChangeFile;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onEvent: (changeId: string, event: TimelineEvent) => void;

  /** @param onEvent - told of every line of a timeline as it is written. */
  constructor(path: string, clock: Pick<Clock, 'now'>, onEvent: (changeId: string, event: TimelineEvent) => void = () => {}) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#file = new ChangeFile(path);
  }

  close(): void {
    this.#file.close();
  }

  async open(request: FullChangeRequest, holder: Holder): Promise<boolean> {
    const opened = this.#file.run(
      'INSERT OR IGNORE INTO changes (change_id, request, started_at, holder) VALUES (?, ?, ?, ?)',
      request.changeId,
      JSON.stringify(request),
      this.#now(),
      JSON.stringify(holder),
    );
    return opened === 1;
  }

  async append(changeId: string, event: NewTimelineEvent): Promise<void> {
    this.#note(changeId, event);
  }

  async acquireLock({ database, changeId, holder, snapshot, leaseSeconds, run = 0 }: LockRequest): Promise<Lock> {
    return this.#file.atomically(() => {
      this.#mayGoOn(changeId, run);
      const held = this.#file.row('SELECT * FROM locks WHERE cluster = ? AND database = ?', database.cluster, database.id);
      if (held && held.change_id !== changeId) throw lockHeld(toLock(held));
      if (!held)
        this.#file.run(
          'INSERT INTO locks (cluster, database, change_id, holder, since, lease_until, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?)',
          database.cluster,
          database.id,
          changeId,
          JSON.stringify(holder),
          this.#now(),
          this.#later(leaseSeconds),
          JSON.stringify(snapshot),
        );
      return this.#ownLock(changeId);
    });
  }

  async refreshLock(changeId: string, { leaseSeconds, snapshot, run = 0 }: LockRenewal): Promise<Lock> {
    return this.#file.atomically(() => {
      this.#mayGoOn(changeId, run);
      this.#ownLock(changeId);
      this.#file.run(
        'UPDATE locks SET lease_until = ?, snapshot = coalesce(?, snapshot) WHERE change_id = ?',
        this.#later(leaseSeconds),
        snapshot ? JSON.stringify(snapshot) : null,
        changeId,
      );
      return this.#ownLock(changeId);
    });
  }

  async claimWrite(changeId: string, step: string, command: string, run = 0): Promise<boolean> {
    return this.#file.durably(() => {
      this.#mayGoOn(changeId, run);
      this.#ownLock(changeId);
      const claimed = this.#file.run('INSERT OR IGNORE INTO writes (change_id, step, command) VALUES (?, ?, ?)', changeId, step, command);
      if (claimed === 1) this.#note(changeId, { type: 'write-claimed', step, command });
      return claimed === 1;
    });
  }

  async disclaimWrite(changeId: string, step: string, command: string): Promise<void> {
    this.#note(changeId, { type: 'write-not-sent', step, command });
  }

  async claimedWrites(changeId: string): Promise<{ step: string; command: string }[]> {
    const rows = this.#file.rows(MAY_HAVE_BEEN_SENT, changeId);
    return rows.map((row) => ({ step: String(row.step), command: String(row.command) }));
  }

  async complete(changeId: string, report: ChangeReport, keepLock: boolean, run = 0): Promise<void> {
    this.#file.durably(() => {
      // One that has ended may be completed again: the step that does it may be repeated.
      this.#mayGoOn(changeId, run, { evenEnded: true });
      this.#file.run('UPDATE changes SET report = ?, ended_at = ? WHERE change_id = ?', JSON.stringify(report), this.#now(), changeId);
      if (!keepLock) this.#file.run('DELETE FROM locks WHERE change_id = ?', changeId);
    });
  }

  async takeOver(changeId: string, { from, holder, leaseSeconds, why }: TakeOver): Promise<TakenOver | undefined> {
    const run = from + 1;
    const [description, text] = [holder.description, JSON.stringify(holder)];
    return this.#file.atomically(() => {
      const taken = this.#file.run(
        'UPDATE changes SET run = run + 1, holder = ? WHERE change_id = ? AND run = ? AND ended_at IS NULL',
        text,
        changeId,
        from,
      );
      if (taken === 1) this.#note(changeId, { type: 'taken-over', run, holder: description, why });
      const ours = 'SELECT 1 FROM changes WHERE change_id = ? AND run = ? AND holder = ? AND ended_at IS NULL';
      if (!this.#file.row(ours, changeId, run, text)) return undefined;
      const lock = this.#file.row(
        'UPDATE locks SET holder = ?, lease_until = ? WHERE change_id = ? RETURNING *',
        text,
        this.#later(leaseSeconds),
        changeId,
      );
      return { run, ...(lock && { lock: toLock(lock) }) };
    });
  }

  async requestCancel(changeId: string, asked: { by: string; via: string; reason?: string }): Promise<void> {
    this.#file.durably(() => {
      const first = 'UPDATE changes SET cancel_requested = 1 WHERE change_id = ? AND cancel_requested = 0 AND ended_at IS NULL';
      if (this.#file.run(first, changeId) === 1) this.#note(changeId, { type: 'cancel-requested', ...asked });
    });
  }

  async isCancelRequested(changeId: string): Promise<boolean> {
    return this.#change(changeId)?.cancel_requested === 1;
  }

  async gate(changeId: string): Promise<Gate | undefined> {
    const row = this.#change(changeId);
    return row && toGate(row);
  }

  async saveGate(changeId: string, gate: Gate): Promise<boolean> {
    const text = JSON.stringify(gate);
    return this.#file.durably(() => {
      this.#file.run(
        `UPDATE changes SET gate = ? WHERE change_id = ? AND ended_at IS NULL AND coalesce(gate ->> 'revision', 0) = ?`,
        text,
        changeId,
        gate.revision - 1,
      );
      return this.#change(changeId)?.gate === text;
    });
  }

  async keepToken(changeId: string, token: string): Promise<void> {
    this.#file.run('INSERT OR REPLACE INTO tokens (change_id, token) VALUES (?, ?)', changeId, token);
  }

  async tokenOf(changeId: string): Promise<string | undefined> {
    const row = this.#file.row('SELECT token FROM tokens WHERE change_id = ?', changeId);
    return row && String(row.token);
  }

  async get(changeId: string): Promise<ChangeRecord | undefined> {
    const row = this.#change(changeId);
    if (!row) return undefined;
    const events = this.#file.rows('SELECT event FROM events WHERE change_id = ? ORDER BY seq', changeId);
    return { ...toSummary(row), timeline: events.map((entry) => json<TimelineEvent>(entry.event)) };
  }

  async summary(changeId: string): Promise<ChangeSummary | undefined> {
    const row = this.#change(changeId);
    return row && toSummary(row);
  }

  async list(limit: number): Promise<ChangeSummary[]> {
    return this.#file.rows('SELECT * FROM changes ORDER BY started_at DESC, rowid DESC LIMIT ?', limit).map(toSummary);
  }

  async locks(): Promise<Lock[]> {
    return this.#file.rows('SELECT * FROM locks ORDER BY since').map(toLock);
  }

  async clear(changeId: string, by: string): Promise<Lock | undefined> {
    return this.#file.durably(() => {
      const row = this.#file.row('DELETE FROM locks WHERE change_id = ? RETURNING *', changeId);
      if (!row) return undefined;
      this.#note(changeId, { type: 'note', text: `lock cleared by ${by}` });
      return toLock(row);
    });
  }

  #note(changeId: string, event: NewTimelineEvent): void {
    const dated = { at: this.#now(), ...event } as TimelineEvent;
    this.#file.run('INSERT INTO events (change_id, event) VALUES (?, ?)', changeId, JSON.stringify(dated));
    this.#onEvent(changeId, dated);
  }

  #change(changeId: string): Row | undefined {
    return this.#file.row('SELECT * FROM changes WHERE change_id = ?', changeId);
  }

  /** @throws StepError `LockLostError` when another run goes on with the change, or it has ended. */
  #mayGoOn(changeId: string, run: number, { evenEnded = false } = {}): void {
    const row = this.#change(changeId);
    const lost = runLost(changeId, run, row && { ended: row.ended_at !== null && !evenEnded, run: Number(row.run) });
    if (lost) throw lost;
  }

  #ownLock(changeId: string): Lock {
    const row = this.#file.row('SELECT * FROM locks WHERE change_id = ?', changeId);
    if (!row) throw lockLost(changeId);
    return toLock(row);
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }

  #later(seconds: number): string {
    return new Date(this.#clock.now().getTime() + seconds * 1000).toISOString();
  }
}
