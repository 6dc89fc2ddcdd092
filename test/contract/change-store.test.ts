import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeStore, LockRequest } from '../../lambdas/ports/change-store.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../support/dynamodb.ts';
import { facts, later, NOW, OF_CLASS, request } from '../support/facts.ts';
import type { Start } from './lock-racer.ts';

type ClockOnly = Pick<Clock, 'now'>;
interface OpenStore {
  readonly store: ChangeStore;
  close(): void | Promise<void>;
}
/** Opens an empty store. A further adapter joins the suite with a line in `stores`. */
type MakeStore = (clock: ClockOnly, folder: string) => OpenStore | Promise<OpenStore>;

const sqlite = (path: string, clock: ClockOnly): OpenStore => {
  const store = new SqliteChangeStore(path, clock);
  return { store, close: () => store.close() };
};
let server: DynamoDbServer;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());

const dynamoDb = async (client: DynamoDBClient, clock: ClockOnly): Promise<OpenStore> => ({
  store: new DynamoDbChangeStore({ client, table: await server.newTable(), clock }),
  close: () => client.destroy(),
});
const stores: [string, MakeStore][] = [
  ['SQLite in a file', (clock, folder) => sqlite(join(folder, 'changes.db'), clock)],
  ['SQLite in memory', (clock) => sqlite(':memory:', clock)],
  ['DynamoDB', (clock) => dynamoDb(server.client(), clock)],
  ['DynamoDB, every write answered only the second time', (clock) => dynamoDb(losingAnswers(server.client()), clock)],
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'change-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { database } = facts();
const LEASE_SECONDS = 600;
const lockRequest = (changeId: string, settings: Partial<LockRequest> = {}): LockRequest => ({
  database,
  changeId,
  holder: { description: `execution ${changeId}`, host: 'here', pid: 7 },
  snapshot: facts(),
  leaseSeconds: LEASE_SECONDS,
  ...settings,
});
const report = (changeId: string, settings: Partial<ChangeReport> = {}): ChangeReport => ({
  changeId,
  outcome: 'applied',
  target: { cluster: 'lab', database: 'orders', id: 'db:7' },
  steps: [],
  ...settings,
});
const named = (name: string) => expect.objectContaining({ name });

describe.each(stores)('ChangeStore: %s', (_name, makeStore) => {
  let seconds: number;
  let opened: OpenStore;
  let store: ChangeStore;
  const passes = (more: number) => {
    seconds += more;
  };
  beforeEach(async () => {
    seconds = 0;
    opened = await makeStore({ now: () => new Date(later(seconds)) }, folder);
    store = opened.store;
  });
  afterEach(() => opened.close());

  const openAndLock = async (changeId: string, settings?: Partial<LockRequest>) => {
    await store.open(request({ changeId }));
    return store.acquireLock(lockRequest(changeId, settings));
  };

  describe('records', () => {
    it('gives back the request of a change that is open', async () => {
      await store.open(request());
      expect(await store.get('chg-1')).toEqual({ changeId: 'chg-1', request: request(), startedAt: NOW, timeline: [] });
    });

    it('knows nothing of a change that was never opened', async () => {
      expect(await store.get('chg-1')).toBeUndefined();
    });

    it('keeps the first request when a change is opened again', async () => {
      await store.open(request({ reason: 'first' }));
      passes(5);
      await store.open(request({ reason: 'second' }));
      expect(await store.get('chg-1')).toMatchObject({ request: { reason: 'first' }, startedAt: NOW });
    });

    it('lists the newest first', async () => {
      for (const changeId of ['chg-b', 'chg-c', 'chg-a']) {
        await store.open(request({ changeId }));
        passes(1);
      }
      expect((await store.list(10)).map(({ changeId }) => changeId)).toEqual(['chg-a', 'chg-c', 'chg-b']);
    });

    it('lists no more than asked for', async () => {
      for (const changeId of ['chg-1', 'chg-2', 'chg-3']) {
        await store.open(request({ changeId }));
        passes(1);
      }
      expect((await store.list(2)).map(({ changeId }) => changeId)).toEqual(['chg-3', 'chg-2']);
    });
  });

  describe('timeline', () => {
    it('keeps the order of events that share a moment', async () => {
      await store.open(request());
      const texts = Array.from({ length: 12 }, (_, index) => `note ${index}`);
      for (const text of texts) await store.append('chg-1', { type: 'note', text });
      expect((await store.get('chg-1'))?.timeline.map((event) => 'text' in event && event.text)).toEqual(texts);
    });

    it('gives each event the moment of the clock', async () => {
      await store.open(request());
      await store.append('chg-1', { type: 'step-started', step: 'Inspect status' });
      passes(3);
      await store.append('chg-1', { type: 'step-ended', step: 'Inspect status' });
      expect((await store.get('chg-1'))?.timeline).toEqual([
        { at: NOW, type: 'step-started', step: 'Inspect status' },
        { at: later(3), type: 'step-ended', step: 'Inspect status' },
      ]);
    });

    it('keeps the events of two changes apart', async () => {
      await store.open(request());
      await store.open(request({ changeId: 'chg-2' }));
      await store.append('chg-2', { type: 'note', text: 'other' });
      expect((await store.get('chg-1'))?.timeline).toEqual([]);
    });
  });

  describe('locks', () => {
    it('stores the snapshot, the holder and the lease beside the lock', async () => {
      const lock = await openAndLock('chg-1');
      expect(lock).toEqual({
        cluster: 'lab',
        database: 'db:7',
        changeId: 'chg-1',
        holder: { description: 'execution chg-1', host: 'here', pid: 7 },
        since: NOW,
        leaseUntil: later(LEASE_SECONDS),
        snapshot: facts(),
      });
      expect(await store.locks()).toEqual([lock]);
    });

    it('refuses a second change, naming holder and moment', async () => {
      await openAndLock('chg-1');
      passes(30);
      const attempt = store.acquireLock(lockRequest('chg-2'));
      await expect(attempt).rejects.toThrow(named('LockHeldError'));
      await expect(attempt).rejects.toThrow(/chg-1.*execution chg-1.*2026-12-01T02:00:00/);
    });

    it('stays with its holder while others try', async () => {
      const lock = await openAndLock('chg-1');
      await store.acquireLock(lockRequest('chg-2')).catch(() => {});
      expect(await store.locks()).toEqual([lock]);
    });

    it('does not change hands when its lease has run out', async () => {
      await openAndLock('chg-1');
      passes(LEASE_SECONDS * 100);
      await expect(store.acquireLock(lockRequest('chg-2'))).rejects.toThrow(named('LockHeldError'));
    });

    it('gives a change that asks again the lock it has, first snapshot included', async () => {
      const first = await openAndLock('chg-1');
      passes(30);
      expect(await store.acquireLock(lockRequest('chg-1', { snapshot: OF_CLASS.D2 }))).toMatchObject({
        since: first.since,
        snapshot: first.snapshot,
      });
    });

    it('locks databases of one cluster apart from each other', async () => {
      await openAndLock('chg-1');
      await openAndLock('chg-2', { database: { ...database, id: 'db:8', name: 'carts' } });
      expect(await store.locks()).toHaveLength(2);
    });

    it('locks databases of the same id on two clusters apart from each other', async () => {
      await openAndLock('chg-1');
      await openAndLock('chg-2', { database: { ...database, cluster: 'eu-west' } });
      expect(await store.locks()).toHaveLength(2);
    });

    it('gives the lock to exactly one of many that ask at once', async () => {
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => store.acquireLock(lockRequest(`chg-${index}`))));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('refreshLock', () => {
    it('renews the lease and keeps the snapshot', async () => {
      const lock = await openAndLock('chg-1');
      passes(60);
      expect(await store.refreshLock('chg-1', LEASE_SECONDS)).toEqual({ ...lock, leaseUntil: later(60 + LEASE_SECONDS) });
    });

    it('replaces the snapshot when one is given', async () => {
      await openAndLock('chg-1');
      await store.refreshLock('chg-1', LEASE_SECONDS, OF_CLASS.C2);
      expect(await store.locks()).toMatchObject([{ snapshot: OF_CLASS.C2 }]);
    });

    it('fails for a change without a lock, and touches the lock of nobody else', async () => {
      const lock = await openAndLock('chg-1');
      await expect(store.refreshLock('chg-2', LEASE_SECONDS, OF_CLASS.D2)).rejects.toThrow(named('LockLostError'));
      expect(await store.locks()).toEqual([lock]);
    });
  });

  describe('claimWrite', () => {
    it('lets a write be claimed once', async () => {
      await openAndLock('chg-1');
      expect([await store.claimWrite('chg-1', 'Tune syncer', 'tune'), await store.claimWrite('chg-1', 'Tune syncer', 'tune')]).toEqual([
        true,
        false,
      ]);
    });

    it('lets one of many that claim at once have it', async () => {
      await openAndLock('chg-1');
      const claims = await Promise.all(Array.from({ length: 10 }, () => store.claimWrite('chg-1', 'Tune syncer', 'tune')));
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('tells the same command of two steps apart', async () => {
      await openAndLock('chg-1');
      expect([
        await store.claimWrite('chg-1', 'Hold centralized', 'tune'),
        await store.claimWrite('chg-1', 'Restore centralized', 'tune'),
      ]).toEqual([true, true]);
    });

    it('keeps the claims in order', async () => {
      await openAndLock('chg-1');
      await store.claimWrite('chg-1', 'Rebind policy', 'bind 7:2');
      await store.claimWrite('chg-1', 'Rebind policy', 'bind 7:1');
      await store.claimWrite('chg-1', 'Tune syncer', 'tune');
      expect(await store.claimedWrites('chg-1')).toEqual([
        { step: 'Rebind policy', command: 'bind 7:2' },
        { step: 'Rebind policy', command: 'bind 7:1' },
        { step: 'Tune syncer', command: 'tune' },
      ]);
    });

    it('no longer counts a write that never left, and does not let it be claimed again', async () => {
      await openAndLock('chg-1');
      await store.claimWrite('chg-1', 'Rebind policy', 'bind');
      await store.claimWrite('chg-1', 'Tune syncer', 'tune');
      await store.disclaimWrite('chg-1', 'Tune syncer', 'tune');
      expect(await store.claimedWrites('chg-1')).toEqual([{ step: 'Rebind policy', command: 'bind' }]);
      expect(await store.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(false);
      expect((await store.get('chg-1'))?.timeline.map(({ type }) => type)).toEqual(['write-claimed', 'write-claimed', 'write-not-sent']);
    });

    it('notes a claim in the timeline once', async () => {
      await openAndLock('chg-1');
      await store.claimWrite('chg-1', 'Tune syncer', 'tune');
      await store.claimWrite('chg-1', 'Tune syncer', 'tune');
      expect((await store.get('chg-1'))?.timeline).toEqual([{ at: NOW, type: 'write-claimed', step: 'Tune syncer', command: 'tune' }]);
    });

    it('fails without the lock and leaves no claim behind', async () => {
      await store.open(request());
      await expect(store.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(named('LockLostError'));
      expect(await store.claimedWrites('chg-1')).toEqual([]);
    });

    it('fails while another change has the lock', async () => {
      await openAndLock('chg-1');
      await store.open(request({ changeId: 'chg-2' }));
      await expect(store.claimWrite('chg-2', 'Tune syncer', 'tune')).rejects.toThrow(named('LockLostError'));
    });

    it('fails once the lock was cleared', async () => {
      await openAndLock('chg-1');
      await store.clear('chg-1', 'alice');
      await expect(store.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(named('LockLostError'));
    });

    it('remembers a claim after the lock was released and taken again', async () => {
      await openAndLock('chg-1');
      await store.claimWrite('chg-1', 'Tune syncer', 'tune');
      await store.clear('chg-1', 'alice');
      await store.acquireLock(lockRequest('chg-1'));
      expect(await store.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(false);
    });

    it('knows no claims of a change that made none', async () => {
      expect(await store.claimedWrites('chg-1')).toEqual([]);
    });
  });

  describe('complete', () => {
    it('stores the report with its moment and releases the lock', async () => {
      await openAndLock('chg-1');
      passes(90);
      await store.complete('chg-1', report('chg-1'), false);
      expect(await store.get('chg-1')).toMatchObject({ endedAt: later(90), report: report('chg-1') });
      expect(await store.locks()).toEqual([]);
    });

    it('keeps the lock for an operator', async () => {
      const lock = await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
      expect(await store.get('chg-1')).toMatchObject({ report: { outcome: 'needs-operator' } });
      expect(await store.locks()).toEqual([lock]);
    });

    it('leaves the way open for the next change', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1'), false);
      expect((await openAndLock('chg-2')).changeId).toBe('chg-2');
    });

    it('releases no lock of another change', async () => {
      const lock = await openAndLock('chg-1');
      await store.open(request({ changeId: 'chg-2' }));
      await store.complete('chg-2', report('chg-2', { outcome: 'refused' }), false);
      expect(await store.locks()).toEqual([lock]);
    });

    it('needs no lock', async () => {
      await store.open(request());
      await store.complete('chg-1', report('chg-1', { outcome: 'planned' }), false);
      expect(await store.get('chg-1')).toMatchObject({ report: { outcome: 'planned' } });
    });

    it('may be repeated', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1'), false);
      await store.complete('chg-1', report('chg-1'), false);
      expect(await store.get('chg-1')).toMatchObject({ report: report('chg-1') });
    });
  });

  describe('clear', () => {
    it('releases the lock and gives it back', async () => {
      const lock = await openAndLock('chg-1');
      expect(await store.clear('chg-1', 'alice')).toEqual(lock);
      expect(await store.locks()).toEqual([]);
    });

    it('notes who did it', async () => {
      await openAndLock('chg-1');
      await store.clear('chg-1', 'alice@example.com');
      expect((await store.get('chg-1'))?.timeline).toEqual([{ at: NOW, type: 'note', text: expect.stringContaining('alice@example.com') }]);
    });

    it('keeps the report of the change', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
      await store.clear('chg-1', 'alice');
      expect(await store.get('chg-1')).toMatchObject({ report: { outcome: 'needs-operator' } });
    });

    it('does nothing for a change without a lock', async () => {
      await store.open(request());
      expect(await store.clear('chg-1', 'alice')).toBeUndefined();
      expect((await store.get('chg-1'))?.timeline).toEqual([]);
    });

    it('releases the lock of no other change', async () => {
      const lock = await openAndLock('chg-1');
      await store.clear('chg-2', 'alice');
      expect(await store.locks()).toEqual([lock]);
    });
  });
});

describe('SqliteChangeStore in a file', () => {
  const clock = { now: () => new Date(NOW) };

  it('keeps records, claims and locks when it is opened again', async () => {
    const path = join(folder, 'changes.db');
    const first = new SqliteChangeStore(path, clock);
    await first.open(request());
    const lock = await first.acquireLock(lockRequest('chg-1'));
    await first.claimWrite('chg-1', 'Tune syncer', 'tune');
    first.close();

    const second = new SqliteChangeStore(path, clock);
    expect([await second.locks(), await second.claimedWrites('chg-1'), (await second.list(1)).length]).toEqual([
      [lock],
      [{ step: 'Tune syncer', command: 'tune' }],
      1,
    ]);
    second.close();
  });
});

describe('SqliteChangeStore', () => {
  it('tells its observer of every line of a timeline, as it is stored', async () => {
    const told: unknown[] = [];
    const store = new SqliteChangeStore(':memory:', { now: () => new Date(NOW) }, (changeId, event) => told.push([changeId, event]));
    await store.open(request());
    await store.append('chg-1', { type: 'note', text: 'a note' });
    await store.acquireLock(lockRequest('chg-1'));
    await store.claimWrite('chg-1', 'Tune syncer', 'tune');
    await store.clear('chg-1', 'alice');
    expect(told).toEqual((await store.get('chg-1'))?.timeline.map((event) => ['chg-1', event]));
    store.close();
  });
});

describe('DynamoDbChangeStore', () => {
  it('tells its observer of every line of a timeline, as it is stored', async () => {
    const told: unknown[] = [];
    const store = new DynamoDbChangeStore({
      client: server.client(),
      table: await server.newTable(),
      clock: { now: () => new Date(NOW) },
      onEvent: (changeId, event) => told.push([changeId, event]),
    });
    await store.open(request());
    await store.append('chg-1', { type: 'note', text: 'a note' });
    await store.acquireLock(lockRequest('chg-1'));
    await store.claimWrite('chg-1', 'Tune syncer', 'tune');
    await store.clear('chg-1', 'alice');
    expect(told).toEqual((await store.get('chg-1'))?.timeline.map((event) => ['chg-1', event]));
  });
});

describe('stores on several machines that share a table', () => {
  const ROUNDS = 25;
  const MACHINES = 6;
  const clock = { now: () => new Date(NOW) };
  let machines: ChangeStore[];
  const each = <T>(work: (store: ChangeStore, index: number) => Promise<T>) => Promise.allSettled(machines.map(work));
  const won = <T>(results: PromiseSettledResult<T>[]) => results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const lost = (results: PromiseSettledResult<unknown>[]) =>
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));

  beforeEach(async () => {
    const table = await server.newTable();
    machines = Array.from({ length: MACHINES }, () => new DynamoDbChangeStore({ client: server.client(), table, clock }));
  });

  it('give a lock to exactly one change, each time', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const results = await each((store, index) => store.acquireLock(lockRequest(`chg-${round}-${index}`)));
      expect(lost(results)).toEqual(Array.from({ length: MACHINES - 1 }, () => 'LockHeldError'));
      const [lock] = won(results);
      expect(await machines[0]?.locks()).toEqual([lock]);
      await machines[1]?.clear(lock?.changeId ?? '', 'test');
    }
  });

  it('give the same lock to all that work on one change', async () => {
    const locks = won(await each((store) => store.acquireLock(lockRequest('chg-1'))));
    expect(locks).toHaveLength(MACHINES);
    expect(new Set(locks.map((lock) => JSON.stringify(lock))).size).toBe(1);
  });

  it('let a write be claimed by exactly one, each time', async () => {
    await machines[0]?.acquireLock(lockRequest('chg-1'));
    for (let round = 0; round < ROUNDS; round += 1) {
      const claims = won(await each((store) => store.claimWrite('chg-1', 'Tune syncer', `tune ${round}`)));
      expect(claims.sort()).toEqual([...Array.from({ length: MACHINES - 1 }, () => false), true]);
    }
  });

  it('keep every event of all of them', async () => {
    await machines[0]?.open(request());
    await each(async (store, index) => {
      for (let count = 0; count < 5; count += 1) await store.append('chg-1', { type: 'note', text: `${index}: ${count}` });
    });
    const texts = (await machines[0]?.get('chg-1'))?.timeline.map((event) => ('text' in event ? event.text : '')) ?? [];
    expect(texts).toHaveLength(MACHINES * 5);
    for (const [index] of machines.entries())
      expect(texts.filter((text) => text.startsWith(`${index}:`))).toEqual([0, 1, 2, 3, 4].map((count) => `${index}: ${count}`));
  });
});

describe('two processes that race for one lock', () => {
  const ROUNDS = 25;
  /** Long enough for the start to reach both processes. */
  const HEAD_START_MS = 40;
  const RACER = fileURLToPath(new URL('./lock-racer.ts', import.meta.url));
  let racers: ChildProcess[];

  beforeAll(async () => {
    racers = [1, 2].map(() => spawn(process.execPath, [RACER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    await Promise.all(racers.map((racer) => once(racer, 'message')));
  });
  afterAll(() => Promise.all(racers.map((racer) => (racer.kill() ? once(racer, 'exit') : undefined))));

  async function race(path: string): Promise<string[]> {
    const atMs = Date.now() + HEAD_START_MS;
    const answers = racers.map(async (racer, index) => {
      const answer = once(racer, 'message');
      racer.send({ path, changeId: `chg-${index}`, atMs } satisfies Start);
      return String((await answer)[0]);
    });
    return (await Promise.all(answers)).sort();
  }

  it('let exactly one win, each time', async () => {
    const path = join(folder, 'changes.db');
    const store = new SqliteChangeStore(path, { now: () => new Date(NOW) });
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(await race(path)).toEqual(['LockHeldError', 'won']);
      for (const { changeId } of await store.locks()) await store.clear(changeId, 'test');
    }
    store.close();
  });

  it('let exactly one win when they create the file as well, each time', async () => {
    for (let round = 0; round < ROUNDS; round += 1)
      expect(await race(join(folder, `changes-${round}.db`))).toEqual(['LockHeldError', 'won']);
  });
});
