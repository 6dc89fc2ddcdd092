import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { StepError } from '../../contracts/errors.ts';
import type { DatabaseFacts, DatabaseRef } from '../../contracts/facts.ts';
import { lockHeld } from '../../contracts/record.ts';
import {
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

const NOBODY_HAS_IT: Condition = { expression: `attribute_not_exists(${CHANGE_TABLE.partitionKey})` };
const isStill = ({ changeId, generation }: Pick<StoredLock, 'changeId' | 'generation'>): Condition => ({
  expression: 'changeId = :changeId AND generation = :generation',
  values: { ':changeId': text(changeId), ':generation': number(generation) },
});
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
   */
  async announce(changeId: string, { cluster, id }: DatabaseRef): Promise<number> {
    const item = await this.#table.update(changeKey(changeId), {
      expression: `SET lockName = :lock, releases = if_not_exists(releases, :zero) REMOVE ${CHANGE_TABLE.timeToLive}`,
      condition: 'attribute_not_exists(lockName) OR lockName = :lock',
      values: { ':lock': text(lockName(cluster, id)), ':zero': number(0) },
    });
    if (!item) throw new Error(`${changeId} is a change of another database than ${cluster}/${id}`);
    return toChange(item).releases;
  }

  /**
   * Writes the item of a lock where there is none, or only a leftover.
   * @returns the lock as it stands: an earlier one of the same change and generation stays as it is.
   * @throws StepError `LockHeldError`, `LockLostError` when the change released and took it again in the meantime.
   */
  async put(lock: StoredLock): Promise<StoredLock> {
    let condition = NOBODY_HAS_IT;
    for (let attempt = 1; ; attempt += 1) {
      if (await this.#table.put(fromLock(lock), condition)) return lock;
      const standing = await this.#read(lockName(lock.cluster, lock.database));
      if (standing?.changeId === lock.changeId && standing.generation === lock.generation) return standing;
      if (standing && (attempt === PUT_ATTEMPTS || !(await this.#isLeftover(standing)))) throw refusal(standing, lock);
      condition = standing ? isStill(standing) : NOBODY_HAS_IT;
    }
  }

  /**
   * Lets the change hold its lock, unless it was released since it was announced: then the lock is withdrawn.
   * @returns false when it was released.
   */
  async hold({ changeId, generation, cluster, database }: StoredLock): Promise<boolean> {
    const item = await this.#table.update(changeKey(changeId), {
      expression: `SET holds = :yes REMOVE ${CHANGE_TABLE.timeToLive}`,
      condition: 'releases = :generation',
      values: { ':yes': { BOOL: true }, ':generation': number(generation) },
    });
    if (!item) await this.dropLeftover(changeId, { lock: lockName(cluster, database), releases: generation + 1 });
    return item !== undefined;
  }

  /** @returns undefined when the lock is not this change's any more. */
  async renew(
    changeId: string,
    { lock, releases }: StoredChange,
    leaseUntil: string,
    snapshot: DatabaseFacts | undefined,
  ): Promise<StoredLock | undefined> {
    if (lock === undefined) return undefined;
    const { expression, values } = isStill({ changeId, generation: releases });
    const item = await this.#table.update(lockKey(lock), {
      expression: `SET leaseUntil = :until${snapshot ? ', databaseFacts = :snapshot' : ''}`,
      condition: expression,
      values: { ...values, ':until': text(leaseUntil), ...(snapshot && { ':snapshot': json(snapshot) }) },
    });
    return item && toStoredLock(item);
  }

  /** The lock that a change has, be it that it is only about to hold it. */
  async of(changeId: string, { lock, releases }: StoredChange): Promise<StoredLock | undefined> {
    const standing = lock === undefined ? undefined : await this.#read(lock);
    return standing?.changeId === changeId && standing.generation >= releases ? standing : undefined;
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
    const item = await this.#table.get(changeKey(changeId));
    return item !== undefined && toChange(item).releases > generation;
  }
}

const refusal = (standing: StoredLock, { changeId }: StoredLock): StepError =>
  standing.changeId === changeId
    ? new StepError('LockLostError', `the lock of ${changeId} was released and taken again in the meantime`)
    : lockHeld(standing);
