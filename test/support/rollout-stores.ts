import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteRolloutStore } from '../../lambdas/adapters/sqlite/rollout-store.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeReport, Lock } from '../../lambdas/contracts/record.ts';
import type { NewRolloutEvent } from '../../lambdas/contracts/rollout.ts';
import type { Alarms } from '../../lambdas/ports/alarms.ts';
import type { LockRequest } from '../../lambdas/ports/change-store.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { placeOf, type RolloutRules } from './rollout-rules.ts';

/** Memory that looks like a disk, where the system has such a thing: nothing here has to outlive the machine. */
const QUICK = '/dev/shm';

/** A folder of its own for the stores of one lab. */
export class StoreFolder {
  readonly file: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(existsSync(QUICK) ? QUICK : tmpdir(), 'syncshift-rollout-'));
    this.file = join(this.#folder, 'changes.sqlite');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The change store, with somebody who looks on as locks come and go. */
export class WatchedChangeStore extends SqliteChangeStore {
  readonly #rules: RolloutRules;

  constructor(file: string, clock: Clock, rules: RolloutRules) {
    super(file, clock);
    this.#rules = rules;
  }

  override async acquireLock(request: LockRequest): Promise<Lock> {
    const lock = await super.acquireLock(request);
    this.#rules.began(lock.changeId, placeOf(lock.cluster, lock.database));
    return lock;
  }

  override async complete(changeId: string, report: ChangeReport, keepLock: boolean, run = 0): Promise<void> {
    await super.complete(changeId, report, keepLock, run);
    this.#rules.ended(changeId);
  }
}

/** @param rolloutId - whose story the event is part of. */
export type OnRolloutEvent = (event: NewRolloutEvent, rolloutId: string) => unknown;

/** The rollout store, with somebody who is told of every event once it is on record. */
export class WatchedRolloutStore extends SqliteRolloutStore {
  readonly listeners: OnRolloutEvent[] = [];

  override async append(rolloutId: string, event: NewRolloutEvent): Promise<void> {
    await super.append(rolloutId, event);
    for (const listener of this.listeners) await listener(event, rolloutId);
  }
}

/** Alarms that a test raises. */
export class RaisedByHand implements Alarms {
  readonly ringing = new Set<string>();
  /** Names that nobody has ever heard of. */
  readonly unknown = new Set<string>();
  /** Whoever keeps them does not answer. */
  silent = false;
  /** How often somebody looked. */
  looks = 0;

  async raised(names: readonly string[]): Promise<string[]> {
    this.looks += 1;
    if (this.silent) throw new StepError('ClusterUnreachableError', 'the alarms cannot be read');
    const missing = names.filter((name) => this.unknown.has(name));
    if (missing.length > 0) throw new StepError('PreconditionFailedError', `there is no alarm ${missing.join(', ')}`);
    return names.filter((name) => this.ringing.has(name));
  }
}
