import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { StepError } from '../../contracts/errors.ts';
import type { DatabaseFacts, DatabaseRef } from '../../contracts/facts.ts';
import { lockHeld, lockLost, runLost } from '../../contracts/record.ts';
import { mayGoOn, readChange } from './changes.ts';
import {
  type Clearance,
  changeKey,
  fromLock,
  json,
  LOCKS,
  lockKey,
  lockName,
  number,
  type StoredChange,
  type StoredLock,
  text,
  toChange,
  toStoredLock,
} from './items.ts';
import type { Condition, Table } from './table.ts';

/** A new lease, and perhaps a new snapshot, for a run of the change. */
interface Renewal extends Pick<StoredLock, 'leaseUntil' | 'run'> {
  readonly snapshot?: DatabaseFacts;
}

type Adoption = Pick<StoredLock, 'changeId' | 'generation' | 'run' | 'holder' | 'leaseUntil'>;

const NOBODY_HAS_IT: Condition = { expression: `attribute_not_exists(${CHANGE_TABLE.partitionKey})` };
const isStill = ({ changeId, generation }: Pick<StoredLock, 'changeId' | 'generation'>): Condition => ({
  expression: 'changeId = :changeId AND generation = :generation',
  values: { ':changeId': text(changeId), ':generation': number(generation) },
});
const NOT_OF_A_LATER_RUN = '(attribute_not_exists(run) OR run <= :run)';
/** Each attempt but the first finds that others took and released the lock in the meantime. */
const PUT_ATTEMPTS = 10;

/** The items of locks, and the part of a change's item that says whether the change holds one. */
export class Locks {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Notes with the change which lock it is about to take, so that it can be found again whatever happens next.
   * @returns the generation of the lock to take.
   * @throws StepError `LockLostError` when the run may not go on with the change.
   */
  async announce(changeId: string, { cluster, id }: DatabaseRef, run: number): Promise<number> {
    const { expression, values } = mayGoOn(run);
    const item = await this.#table.update(changeKey(changeId), {
      expression: 'SET lockName = :lock, releases = if_not_exists(releases, :zero)',
      condition: `(attribute_not_exists(lockName) OR lockName = :lock) AND ${expression}`,
      values: { ':lock': text(lockName(cluster, id)), ':zero': number(0), ...values },
    });
    if (item) return toChange(item).releases;
    const lost = runLost(changeId, run, await readChange(this.#table, changeId));
    throw lost ?? new Error(`${changeId} is a change of another database than ${cluster}/${id}`);
  }

  /**
   * Writes the item of a lock where there is none, or only a leftover.
   * @returns the lock as it stands: an earlier one of the same change and generation stays, under the holder of the latest run.
   * @throws StepError `LockHeldError`, `LockLostError` when the change released and took it again in the meantime.
   */
  async put(lock: StoredLock): Promise<StoredLock> {
    let condition = NOBODY_HAS_IT;
    for (let attempt = 1; ; attempt += 1) {
      if (await this.#table.put(fromLock(lock), condition)) return lock;
      const standing = await this.#read(lockName(lock.cluster, lock.database));
      if (standing?.changeId === lock.changeId && standing.generation === lock.generation)
        return standing.run < lock.run ? ((await this.adopt(lockName(lock.cluster, lock.database), lock)) ?? standing) : standing;
      if (standing && (attempt === PUT_ATTEMPTS || !(await this.#isLeftover(standing)))) throw refusal(standing, lock);
      condition = standing ? isStill(standing) : NOBODY_HAS_IT;
    }
  }

  /** Puts a lock under the holder of a later run, with a new lease. @returns undefined when there is none, or one of a still later run. */
  async adopt(name: string, adopted: Adoption): Promise<StoredLock | undefined> {
    const { expression, values } = isStill(adopted);
    const item = await this.#table.update(lockKey(name), {
      expression: 'SET run = :run, holder = :holder, leaseUntil = :until',
      condition: `${expression} AND ${NOT_OF_A_LATER_RUN}`,
      values: { ...values, ':run': number(adopted.run), ':holder': json(adopted.holder), ':until': text(adopted.leaseUntil) },
    });
    return item && toStoredLock(item);
  }

  /**
   * Lets the change hold its lock, unless it has ended, was taken over or let go of the lock since it was announced. What it let go of
   * is withdrawn; any other lock stays for whoever goes on with the change.
   * @throws StepError `LockLostError` when it does not hold the lock.
   */
  async hold({ changeId, generation, run }: StoredLock): Promise<void> {
    const { expression, values } = mayGoOn(run);
    const item = await this.#table.update(changeKey(changeId), {
      expression: 'SET holds = :yes',
      condition: `releases = :generation AND ${expression}`,
      values: { ':yes': { BOOL: true }, ':generation': number(generation), ...values },
    });
    if (item) return;
    const change = await readChange(this.#table, changeId);
    if (change) await this.dropLeftover(changeId, change);
    throw runLost(changeId, run, change) ?? lockLost(changeId);
  }

  /** @returns undefined when the lock is not this change's any more, or under the holder of a later run. */
  async renew(changeId: string, { lock, releases }: StoredChange, { leaseUntil, snapshot, run }: Renewal): Promise<StoredLock | undefined> {
    if (lock === undefined) return undefined;
    const { expression, values } = isStill({ changeId, generation: releases });
    const item = await this.#table.update(lockKey(lock), {
      expression: `SET leaseUntil = :until${snapshot ? ', databaseFacts = :snapshot' : ''}`,
      condition: `${expression} AND ${NOT_OF_A_LATER_RUN}`,
      values: { ...values, ':until': text(leaseUntil), ':run': number(run), ...(snapshot && { ':snapshot': json(snapshot) }) },
    });
    return item && toStoredLock(item);
  }

  /** The lock that a change has, be it that it is only about to hold it. */
  async of(changeId: string, { lock, releases }: StoredChange): Promise<StoredLock | undefined> {
    const standing = lock === undefined ? undefined : await this.#read(lock);
    return standing?.changeId === changeId && standing.generation >= releases ? standing : undefined;
  }

  /**
   * Lets a change let go of its lock, whether it holds it or is about to.
   * @returns the change without its lock, or undefined when somebody else was faster.
   */
  async release(changeId: string, { releases }: StoredChange, clearance: Clearance): Promise<StoredChange | undefined> {
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
    const change = await readChange(this.#table, changeId);
    return change?.clearances.some(({ token }) => token === clearance.token) ? change : undefined;
  }

  /** Deletes what a change has left of a lock that it no longer holds. */
  async dropLeftover(changeId: string, { lock, releases }: Pick<StoredChange, 'lock' | 'releases'>): Promise<void> {
    if (lock === undefined) return;
    await this.#table.delete(lockKey(lock), {
      expression: 'changeId = :changeId AND generation < :releases',
      values: { ':changeId': text(changeId), ':releases': number(releases) },
    });
  }

  /** Locks that stand, leftovers left out, the oldest first. */
  async standing(): Promise<StoredLock[]> {
    const items = await this.#table.query({
      KeyConditionExpression: `${CHANGE_TABLE.partitionKey} = :locks`,
      ExpressionAttributeValues: { ':locks': text(LOCKS) },
      ConsistentRead: true,
    });
    const locks = items.map(toStoredLock);
    const leftover = await Promise.all(locks.map((lock) => this.#isLeftover(lock)));
    return locks.filter((_, index) => !leftover[index]).sort((one, other) => Date.parse(one.since) - Date.parse(other.since));
  }

  async #read(name: string): Promise<StoredLock | undefined> {
    const item = await this.#table.get(lockKey(name));
    return item && toStoredLock(item);
  }

  /** A lock whose change cannot be found stands: nobody can say that it was released. */
  async #isLeftover({ changeId, generation }: StoredLock): Promise<boolean> {
    const change = await readChange(this.#table, changeId);
    return change !== undefined && change.releases > generation;
  }
}

const refusal = (standing: StoredLock, { changeId }: StoredLock): StepError =>
  standing.changeId === changeId
    ? new StepError('LockLostError', `the lock of ${changeId} was released and taken again in the meantime`)
    : lockHeld(standing);
