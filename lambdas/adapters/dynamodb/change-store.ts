import { randomUUID } from 'node:crypto';
import type { Gate } from '../../contracts/approval.ts';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import {
  type ChangeRecord,
  type ChangeReport,
  type ChangeSummary,
  type Holder,
  type Lock,
  lockLost,
  type NewTimelineEvent,
  runLost,
  type TimelineEvent,
} from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import type { ChangeStore, LockRenewal, LockRequest, TakenOver, TakeOver } from '../../ports/change-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { readChange } from './changes.ts';
import { Claims } from './claims.ts';
import { Gates } from './gates.ts';
import { type Clearance, eventKey, json, KEEP_DAYS, number, type StoredChange, toLock } from './items.ts';
import { Locks } from './locks.ts';
import { orderedBy, type Placed } from './order.ts';
import { Records } from './records.ts';
import { Runs } from './runs.ts';
import { type Client, Table } from './table.ts';
import { cancelEvent, claimedEvent, clearedEvent, notSentEvent, takenOverEvent } from './timeline.ts';

const SECONDS_PER_DAY = 86_400;

export interface DynamoDbChangeStoreProps {
  readonly client: Client;
  /** Name of a table as `CHANGE_TABLE` describes it. */
  readonly table: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Told of every line of a timeline as it is written. */
  readonly onEvent?: (changeId: string, event: TimelineEvent) => void;
  /** How long a change is kept after its end, and an event after it happened, in days. @default 400 */
  readonly keepDays?: number;
}

/**
 * The change store of an AWS account: one table, written one item at a time.
 *
 * Whether a change holds its lock is decided by the item of the change alone, with its claims in the same item: a claim is one
 * conditional write, and a change that was completed or cleared can make none. The item of a lock keeps others out. It is written
 * before the change holds the lock and deleted after the change has let go, so a process may die between any two writes:
 * - lock written, change does not hold it yet: held, because its owner may be about to go on. The change itself asks again and
 *   goes on; complete or clear releases it.
 * - change has let go, lock not deleted yet: a leftover. It is not listed, and the next change to come takes it over.
 * The two are told apart by counting: a lock carries the number of releases of its change when it was asked for.
 *
 * A clearance while the change runs works the same way: its next claim or renewal fails, and a step that is just taking the lock
 * finds a release that it did not count and withdraws.
 *
 * Which run may go on is decided by the same item: whoever takes a change over counts up its run there, and every claim, the holding of
 * a lock and the end of the change name the run that they belong to. So a claim of the run before comes either first, and is found by
 * whoever took over, or never. The lock is put under its new holder after that:
 * - taken over, lock still under the old holder: the same holder repeats it, or the next one takes over from the dead run.
 * - lock written, not held, and the change taken over: the old run cannot hold it any more. The new one claims nothing until it has
 *   taken the lock itself, which it finds standing; complete releases it, also one that the old run writes late.
 *
 * A gate is part of that item too: no decision comes in once the change has ended.
 *
 * Every write may be repeated, by the SDK too when an answer got lost: it is the same a second time, or finds its own mark.
 * @throws Error under the name that the SDK gives it, with the table in its message, when the table cannot be used.
 */
export class DynamoDbChangeStore implements ChangeStore {
  readonly #table: Table;
  readonly #records: Records;
  readonly #locks: Locks;
  readonly #claims: Claims;
  readonly #runs: Runs;
  readonly #gates: Gates;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #place: () => Placed;
  readonly #onEvent: (changeId: string, event: TimelineEvent) => void;
  readonly #keepDays: number;

  constructor({ client, table, clock, onEvent = () => {}, keepDays = KEEP_DAYS }: DynamoDbChangeStoreProps) {
    this.#table = new Table(client, table);
    this.#records = new Records(this.#table);
    this.#locks = new Locks(this.#table);
    this.#claims = new Claims(this.#table);
    this.#runs = new Runs(this.#table);
    this.#gates = new Gates(this.#table);
    this.#clock = clock;
    this.#place = orderedBy(clock);
    this.#onEvent = onEvent;
    this.#keepDays = keepDays;
  }

  async open(request: FullChangeRequest, holder: Holder): Promise<boolean> {
    return this.#records.open(request, holder, this.#place());
  }

  async append(changeId: string, event: NewTimelineEvent): Promise<void> {
    const { at, order } = this.#place();
    const dated = { at, ...event } as TimelineEvent;
    await this.#table.put({ ...eventKey(changeId, order), event: json(dated), [CHANGE_TABLE.timeToLive]: number(this.#expiry()) });
    this.#onEvent(changeId, dated);
  }

  async acquireLock({ database, changeId, holder, snapshot, leaseSeconds, run = 0 }: LockRequest): Promise<Lock> {
    const generation = await this.#locks.announce(changeId, database, run);
    const lock = await this.#locks.put({
      cluster: database.cluster,
      database: database.id,
      changeId,
      holder,
      since: this.#clock.now().toISOString(),
      leaseUntil: this.#later(leaseSeconds),
      snapshot,
      generation,
      run,
    });
    await this.#locks.hold({ ...lock, run });
    return toLock(lock);
  }

  async refreshLock(changeId: string, { leaseSeconds, snapshot, run = 0 }: LockRenewal): Promise<Lock> {
    const change = await this.#read(changeId);
    const lost = runLost(changeId, run, change);
    if (lost) throw lost;
    const renewal = { leaseUntil: this.#later(leaseSeconds), run, ...(snapshot && { snapshot }) };
    const lock = change?.holds ? await this.#locks.renew(changeId, change, renewal) : undefined;
    if (!lock) throw lockLost(changeId);
    return toLock(lock);
  }

  async claimWrite(changeId: string, step: string, command: string, run = 0): Promise<boolean> {
    const claim = await this.#claims.claim(changeId, { step, command, ...this.#place() }, run);
    if (claim) this.#onEvent(changeId, claimedEvent(claim));
    return claim !== undefined;
  }

  async disclaimWrite(changeId: string, step: string, command: string): Promise<void> {
    const disclaimer = { step, command, ...this.#place() };
    await this.#claims.disclaim(changeId, disclaimer);
    this.#onEvent(changeId, notSentEvent(disclaimer));
  }

  async claimedWrites(changeId: string): Promise<{ step: string; command: string }[]> {
    return this.#claims.mayHaveBeenSent(changeId);
  }

  async complete(changeId: string, report: ChangeReport, keepLock: boolean, run = 0): Promise<void> {
    const at = this.#clock.now().toISOString();
    const change = await this.#records.complete(changeId, { report, at, keepLock, run });
    if (change && !keepLock) await this.#tidy(changeId, change);
  }

  async takeOver(changeId: string, { from, holder, leaseSeconds, why }: TakeOver): Promise<TakenOver | undefined> {
    const run = from + 1;
    const takeover = { run, holder: holder.description, why, ...this.#place() };
    const taken = await this.#runs.takeOver(changeId, holder, takeover);
    if (!taken) return undefined;
    if (taken.now) this.#onEvent(changeId, takenOverEvent(takeover));
    const { lock: name, releases: generation, holds } = taken.change;
    if (name === undefined) return { run };
    const lock = await this.#locks.adopt(name, { changeId, generation, run, holder, leaseUntil: this.#later(leaseSeconds) });
    return { run, ...(holds && lock && { lock: toLock(lock) }) };
  }

  async requestCancel(changeId: string, asked: { by: string; via: string; reason?: string }): Promise<void> {
    const cancellation = { ...asked, ...this.#place() };
    if (await this.#runs.requestCancel(changeId, cancellation)) this.#onEvent(changeId, cancelEvent(cancellation));
  }

  async isCancelRequested(changeId: string): Promise<boolean> {
    return this.#runs.isCancelRequested(changeId);
  }

  async gate(changeId: string): Promise<Gate | undefined> {
    return this.#gates.read(changeId);
  }

  async saveGate(changeId: string, gate: Gate): Promise<boolean> {
    return this.#gates.save(changeId, gate);
  }

  async keepToken(changeId: string, token: string): Promise<void> {
    await this.#gates.keepToken(changeId, token, this.#expiry());
  }

  async tokenOf(changeId: string): Promise<string | undefined> {
    return this.#gates.tokenOf(changeId);
  }

  async get(changeId: string): Promise<ChangeRecord | undefined> {
    return this.#records.get(changeId);
  }

  async summary(changeId: string): Promise<ChangeSummary | undefined> {
    return (await this.#read(changeId))?.summary;
  }

  async list(limit: number): Promise<ChangeSummary[]> {
    return this.#records.list(limit);
  }

  async locks(): Promise<Lock[]> {
    return (await this.#locks.standing()).map(toLock);
  }

  async clear(changeId: string, by: string): Promise<Lock | undefined> {
    const change = await this.#read(changeId);
    if (!change) return undefined;
    const lock = await this.#locks.of(changeId, change);
    if (!lock) {
      await this.#tidy(changeId, change);
      return undefined;
    }
    const clearance: Clearance = { by, ...this.#place(), token: randomUUID() };
    const released = await this.#locks.release(changeId, change, clearance);
    if (!released) return undefined;
    await this.#tidy(changeId, released);
    this.#onEvent(changeId, clearedEvent(clearance));
    return toLock(lock);
  }

  /** What is left to do once a change has let go of its lock; repeating it does nothing. */
  async #tidy(changeId: string, change: StoredChange): Promise<void> {
    await this.#locks.dropLeftover(changeId, change);
    // After the lock is gone, and not before: a leftover is known by the item of its change.
    await this.#records.expire(changeId, this.#expiry());
  }

  async #read(changeId: string): Promise<StoredChange | undefined> {
    return readChange(this.#table, changeId);
  }

  /** Epoch seconds. */
  #expiry(): number {
    return Math.ceil(this.#clock.now().getTime() / 1000) + this.#keepDays * SECONDS_PER_DAY;
  }

  #later(seconds: number): string {
    return new Date(this.#clock.now().getTime() + seconds * 1000).toISOString();
  }
}
