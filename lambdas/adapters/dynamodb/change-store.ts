import { randomUUID } from 'node:crypto';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { StepError } from '../../contracts/errors.ts';
import type { DatabaseFacts } from '../../contracts/facts.ts';
import type { ChangeRecord, ChangeReport, ChangeSummary, Lock, NewTimelineEvent, TimelineEvent } from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import type { ChangeStore, LockRequest } from '../../ports/change-store.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type Claim,
  type Clearance,
  changeKey,
  changePartition,
  type Disclaimer,
  eventKey,
  hashOf,
  json,
  LISTED,
  number,
  type StoredChange,
  text,
  toChange,
  toSummary,
  withoutGeneration,
} from './items.ts';
import { Locks } from './locks.ts';
import { orderedBy, type Placed } from './order.ts';
import { type Client, Table } from './table.ts';
import { claimedEvent, clearedEvent, notSentEvent, toTimeline } from './timeline.ts';

/** A change claims a few writes for each of its endpoints. With the limit of a command's length, they stay far below an item's 400 kB. */
const MOST_CLAIMS = 200;
const LONGEST_COMMAND = 1000;
/** How often a claim is tried again because the lock was released and taken again in between. */
const CLAIM_ATTEMPTS = 5;
const KEEP_DAYS = 400;
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

const lockLost = (changeId: string): StepError => new StepError('LockLostError', `${changeId} no longer holds the lock of its database`);
const isSameWrite = (one: Pick<Claim, 'step' | 'command'>, other: Pick<Claim, 'step' | 'command'>): boolean =>
  one.step === other.step && one.command === other.command;

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
 * Every write may be repeated, by the SDK too when an answer got lost: it is the same a second time, or finds its own mark.
 * @throws Error under the name that the SDK gives it, with the table in its message, when the table cannot be used.
 */
export class DynamoDbChangeStore implements ChangeStore {
  readonly #table: Table;
  readonly #locks: Locks;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #place: () => Placed;
  readonly #onEvent: (changeId: string, event: TimelineEvent) => void;
  readonly #keepDays: number;

  constructor({ client, table, clock, onEvent = () => {}, keepDays = KEEP_DAYS }: DynamoDbChangeStoreProps) {
    this.#table = new Table(client, table);
    this.#locks = new Locks(this.#table);
    this.#clock = clock;
    this.#place = orderedBy(clock);
    this.#onEvent = onEvent;
    this.#keepDays = keepDays;
  }

  async open(request: FullChangeRequest): Promise<void> {
    const { at, order } = this.#place();
    const first = (name: string, value: string) => `${name} = if_not_exists(${name}, ${value})`;
    const { partitionKey, sortKey } = CHANGE_TABLE.byStart;
    await this.#table.update(changeKey(request.changeId), {
      expression: `SET ${[
        first('changeId', ':id'),
        first('changeRequest', ':request'),
        first('startedAt', ':at'),
        first(partitionKey, ':listed'),
        first(sortKey, ':order'),
      ].join(', ')}`,
      values: {
        ':id': text(request.changeId),
        ':request': json(request),
        ':at': text(at),
        ':listed': text(LISTED),
        ':order': text(order),
      },
    });
  }

  async append(changeId: string, event: NewTimelineEvent): Promise<void> {
    const { at, order } = this.#place();
    const dated = { at, ...event } as TimelineEvent;
    await this.#table.put({ ...eventKey(changeId, order), event: json(dated), [CHANGE_TABLE.timeToLive]: this.#expiry() });
    this.#onEvent(changeId, dated);
  }

  async acquireLock({ database, changeId, holder, snapshot, leaseSeconds }: LockRequest): Promise<Lock> {
    const generation = await this.#locks.announce(changeId, database);
    const lock = await this.#locks.put({
      cluster: database.cluster,
      database: database.id,
      changeId,
      holder,
      since: this.#clock.now().toISOString(),
      leaseUntil: this.#later(leaseSeconds),
      snapshot,
      generation,
    });
    if (!(await this.#locks.hold(lock))) throw lockLost(changeId);
    return withoutGeneration(lock);
  }

  async refreshLock(changeId: string, leaseSeconds: number, snapshot?: DatabaseFacts): Promise<Lock> {
    const change = await this.#read(changeId);
    const lock = change?.holds ? await this.#locks.renew(changeId, change, this.#later(leaseSeconds), snapshot) : undefined;
    if (!lock) throw lockLost(changeId);
    return withoutGeneration(lock);
  }

  async claimWrite(changeId: string, step: string, command: string): Promise<boolean> {
    if (command.length > LONGEST_COMMAND) throw new Error(`a command of ${command.length} characters is too long to be claimed`);
    const claim: Claim = { step, command, ...this.#place(), token: randomUUID() };
    const claimed = await this.#claim(changeId, claim);
    if (claimed) this.#onEvent(changeId, claimedEvent(claim));
    return claimed;
  }

  async #claim(changeId: string, claim: Claim): Promise<boolean> {
    for (let attempt = 1; attempt <= CLAIM_ATTEMPTS; attempt += 1) {
      const changed = await this.#table.update(changeKey(changeId), {
        expression: 'SET claims = list_append(if_not_exists(claims, :none), :claims) ADD claimed :hashes',
        condition: 'attribute_exists(holds) AND (attribute_not_exists(claimed) OR (NOT contains(claimed, :hash) AND size(claims) < :most))',
        values: {
          ':none': { L: [] },
          ':claims': { L: [json(claim)] },
          ':hashes': { SS: [hashOf(claim.step, claim.command)] },
          ':hash': text(hashOf(claim.step, claim.command)),
          ':most': number(MOST_CLAIMS),
        },
      });
      if (changed) return true;
      const change = await this.#read(changeId);
      // First of all, even when the claim was made and only its answer got lost: what is not sent does no harm.
      if (!change?.holds) throw lockLost(changeId);
      const standing = change.claims.find((other) => isSameWrite(other, claim));
      if (standing) return standing.token === claim.token;
      if (change.claims.length >= MOST_CLAIMS) throw new Error(`${changeId} has claimed ${MOST_CLAIMS} writes and may claim no more`);
    }
    throw lockLost(changeId);
  }

  async claimedWrites(changeId: string): Promise<{ step: string; command: string }[]> {
    const { claims = [], disclaimers = [] } = (await this.#read(changeId)) ?? {};
    const mayHaveBeenSent = claims.filter((claim) => !disclaimers.some((disclaimer) => isSameWrite(disclaimer, claim)));
    return mayHaveBeenSent.map(({ step, command }) => ({ step, command }));
  }

  async disclaimWrite(changeId: string, step: string, command: string): Promise<void> {
    const disclaimer: Disclaimer = { step, command, ...this.#place() };
    const hash = hashOf(step, command);
    await this.#table.update(changeKey(changeId), {
      expression: 'SET disclaimers = list_append(if_not_exists(disclaimers, :none), :disclaimers) ADD disclaimed :hashes',
      // After a lost answer it is noted already.
      condition: 'attribute_not_exists(disclaimed) OR NOT contains(disclaimed, :hash)',
      values: { ':none': { L: [] }, ':disclaimers': { L: [json(disclaimer)] }, ':hashes': { SS: [hash] }, ':hash': text(hash) },
    });
    this.#onEvent(changeId, notSentEvent(disclaimer));
  }

  async complete(changeId: string, report: ChangeReport, keepLock: boolean): Promise<void> {
    const item = await this.#table.update(changeKey(changeId), {
      expression: `SET report = :report, endedAt = :at ${keepLock ? '' : 'REMOVE holds ADD releases :one'}`,
      condition: `attribute_exists(${CHANGE_TABLE.partitionKey})`,
      values: {
        ':report': json(report),
        ':at': text(this.#clock.now().toISOString()),
        ...(!keepLock && { ':one': number(1) }),
      },
    });
    if (item && !keepLock) await this.#tidy(changeId, toChange(item));
  }

  async get(changeId: string): Promise<ChangeRecord | undefined> {
    const items = await this.#table.query({
      KeyConditionExpression: `${CHANGE_TABLE.partitionKey} = :change`,
      ExpressionAttributeValues: { ':change': text(changePartition(changeId)) },
      ConsistentRead: true,
    });
    const { events = [], changes = [] } = Object.groupBy(items, (item) => (item.event ? 'events' : 'changes'));
    const change = changes.map(toChange)[0];
    return change?.summary && { ...change.summary, timeline: toTimeline(events, change) };
  }

  async list(limit: number): Promise<ChangeSummary[]> {
    if (limit < 1) return [];
    const { name, partitionKey } = CHANGE_TABLE.byStart;
    const items = await this.#table.query(
      {
        IndexName: name,
        KeyConditionExpression: `${partitionKey} = :listed`,
        ExpressionAttributeValues: { ':listed': text(LISTED) },
        ScanIndexForward: false,
      },
      limit,
    );
    return items.map(toSummary);
  }

  async locks(): Promise<Lock[]> {
    return (await this.#locks.standing()).map(withoutGeneration);
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
    const released = await this.#release(changeId, change, clearance);
    if (!released) return undefined;
    await this.#tidy(changeId, released);
    this.#onEvent(changeId, clearedEvent(clearance));
    return withoutGeneration(lock);
  }

  /** @returns the change without its lock, or undefined when somebody else was faster. */
  async #release(changeId: string, { releases }: StoredChange, clearance: Clearance): Promise<StoredChange | undefined> {
    const item = await this.#table.update(changeKey(changeId), {
      expression: 'SET releases = :next, clearances = list_append(if_not_exists(clearances, :none), :clearances) REMOVE holds',
      condition: 'releases = :releases',
      values: {
        ':releases': number(releases),
        ':next': number(releases + 1),
        ':none': { L: [] },
        ':clearances': { L: [json(clearance)] },
      },
    });
    if (item) return toChange(item);
    const change = await this.#read(changeId);
    return change?.clearances.some(({ token }) => token === clearance.token) ? change : undefined;
  }

  /** What is left to do once a change has let go of its lock; repeating it does nothing. */
  async #tidy(changeId: string, change: StoredChange): Promise<void> {
    await this.#locks.dropLeftover(changeId, change);
    // After the lock is gone, and not before: a leftover is known by the item of its change.
    await this.#table.update(changeKey(changeId), {
      expression: `SET ${CHANGE_TABLE.timeToLive} = :expiry`,
      condition: 'attribute_exists(endedAt) AND attribute_not_exists(holds)',
      values: { ':expiry': this.#expiry() },
    });
  }

  async #read(changeId: string): Promise<StoredChange | undefined> {
    const item = await this.#table.get(changeKey(changeId));
    return item && toChange(item);
  }

  #expiry() {
    return number(Math.ceil(this.#clock.now().getTime() / 1000) + this.#keepDays * SECONDS_PER_DAY);
  }

  #later(seconds: number): string {
    return new Date(this.#clock.now().getTime() + seconds * 1000).toISOString();
  }
}
