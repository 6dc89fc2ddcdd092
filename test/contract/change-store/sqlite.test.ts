import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqliteChangeStore } from '../../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteThreads } from '../../../lambdas/adapters/sqlite/threads.ts';
import type { Thread } from '../../../lambdas/ports/threads.ts';
import { facts, later, NOW, request } from '../../support/facts.ts';
import type { Start } from './lock-racer.ts';
import { HOLDER, LEASE_SECONDS, lockRequest, report, SUCCESSOR, takeOver } from './stores.ts';

const THREAD: Thread = { revision: 1, root: { channel: 'C012AB3CD', ts: '1.1' }, told: {}, shared: [] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'change-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('SqliteChangeStore in a file', () => {
  const clock = { now: () => new Date(NOW) };

  it('keeps records, claims and locks when it is opened again', async () => {
    const path = join(folder, 'changes.db');
    const first = new SqliteChangeStore(path, clock);
    await first.open(request(), HOLDER);
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
    await store.open(request(), HOLDER);
    await store.append('chg-1', { type: 'note', text: 'a note' });
    await store.acquireLock(lockRequest('chg-1'));
    await store.claimWrite('chg-1', 'Tune syncer', 'tune');
    await store.requestCancel('chg-1', { by: 'alice', via: 'machine' });
    await store.requestCancel('chg-1', { by: 'bob', via: 'machine' });
    await store.takeOver('chg-1', takeOver());
    await store.takeOver('chg-1', takeOver());
    await store.clear('chg-1', 'alice');
    expect(told).toEqual((await store.get('chg-1'))?.timeline.map((event) => ['chg-1', event]));
    store.close();
  });
});

describe('a file of the first version', () => {
  const clock = { now: () => new Date(NOW) };
  const lock = {
    cluster: 'lab',
    database: 'db:7',
    changeId: 'chg-1',
    holder: HOLDER,
    since: NOW,
    leaseUntil: later(LEASE_SECONDS),
    snapshot: facts(),
  };
  /** As version 0.1.0 left it: one change that runs, with its lock and a claim, and one that has ended. */
  const FIRST_VERSION = `
    CREATE TABLE changes (change_id TEXT PRIMARY KEY, request TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, report TEXT) STRICT;
    CREATE TABLE events (seq INTEGER PRIMARY KEY, change_id TEXT NOT NULL, event TEXT NOT NULL) STRICT;
    CREATE INDEX events_of_change ON events (change_id, seq);
    CREATE TABLE writes (seq INTEGER PRIMARY KEY, change_id TEXT NOT NULL, step TEXT NOT NULL, command TEXT NOT NULL,
      UNIQUE (change_id, step, command)) STRICT;
    CREATE TABLE locks (cluster TEXT NOT NULL, database TEXT NOT NULL, change_id TEXT NOT NULL UNIQUE, holder TEXT NOT NULL,
      since TEXT NOT NULL, lease_until TEXT NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY (cluster, database)) STRICT;
    PRAGMA user_version = 1;
    INSERT INTO changes VALUES ('chg-0', '${JSON.stringify(request({ changeId: 'chg-0' }))}', '${NOW}', '${NOW}', '${JSON.stringify(report('chg-0'))}');
    INSERT INTO changes VALUES ('chg-1', '${JSON.stringify(request())}', '${later(1)}', NULL, NULL);
    INSERT INTO events (change_id, event) VALUES ('chg-1', '${JSON.stringify({ at: NOW, type: 'write-claimed', step: 'Tune syncer', command: 'tune' })}');
    INSERT INTO writes (change_id, step, command) VALUES ('chg-1', 'Tune syncer', 'tune');
    INSERT INTO locks VALUES ('lab', 'db:7', 'chg-1', '${JSON.stringify(HOLDER)}', '${NOW}', '${later(LEASE_SECONDS)}', '${JSON.stringify(facts())}');
  `;
  let path: string;
  let store: SqliteChangeStore;
  beforeEach(() => {
    path = join(folder, 'changes.db');
    const db = new DatabaseSync(path);
    db.exec(FIRST_VERSION);
    db.close();
    store = new SqliteChangeStore(path, clock);
  });
  afterEach(() => store.close());

  it('keeps its records, in their first run and without a holder', async () => {
    expect(await store.list(2)).toEqual([
      { changeId: 'chg-1', request: request(), startedAt: later(1), run: 0 },
      { changeId: 'chg-0', request: request({ changeId: 'chg-0' }), startedAt: NOW, run: 0, endedAt: NOW, report: report('chg-0') },
    ]);
    expect((await store.get('chg-1'))?.timeline).toMatchObject([{ type: 'write-claimed', command: 'tune' }]);
  });

  it('keeps its locks and claims', async () => {
    expect([await store.locks(), await store.claimedWrites('chg-1')]).toEqual([[lock], [{ step: 'Tune syncer', command: 'tune' }]]);
    expect(await store.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(false);
  });

  it('lets a change that runs be taken over, approved and asked to stop, and completed', async () => {
    expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1, lock: { ...lock, holder: SUCCESSOR } });
    await store.requestCancel('chg-1', { by: 'alice', via: 'machine' });
    expect([await store.gate('chg-1'), await store.tokenOf('chg-1'), await store.isCancelRequested('chg-1')]).toEqual([
      undefined,
      undefined,
      true,
    ]);
    await store.complete('chg-1', report('chg-1'), false, 1);
    expect(await store.locks()).toEqual([]);
  });

  it('takes up the thread of a change, and claims of tasks', async () => {
    const threads = new SqliteThreads(path);
    expect([await threads.saveThread('chg-1', THREAD), await threads.claimTask('a task', 'a delivery')]).toEqual([true, true]);
    expect(await threads.threadOf('chg-1')).toEqual(THREAD);
    threads.close();
  });

  it('is brought to the latest version once, whoever opens it', async () => {
    const other = new SqliteChangeStore(path, clock);
    await other.open(request({ changeId: 'chg-2' }), HOLDER);
    expect(await store.get('chg-2')).toMatchObject({ holder: HOLDER, run: 0 });
    other.close();
  });

  it('is refused when a newer version wrote it', () => {
    const newer = join(folder, 'newer.db');
    const db = new DatabaseSync(newer);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => new SqliteChangeStore(newer, clock)).toThrow(/newer syncshift/);
  });
});

describe('a file of the second version', () => {
  const clock = { now: () => new Date(NOW) };
  /** With what the second version added: of one change that was taken over, waits at its gate and is to stop. */
  const SECOND_VERSION = `
    CREATE TABLE changes (change_id TEXT PRIMARY KEY, request TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, report TEXT,
      holder TEXT, run INTEGER NOT NULL DEFAULT 0, gate TEXT, cancel_requested INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE events (seq INTEGER PRIMARY KEY, change_id TEXT NOT NULL, event TEXT NOT NULL) STRICT;
    CREATE INDEX events_of_change ON events (change_id, seq);
    CREATE TABLE writes (seq INTEGER PRIMARY KEY, change_id TEXT NOT NULL, step TEXT NOT NULL, command TEXT NOT NULL,
      UNIQUE (change_id, step, command)) STRICT;
    CREATE TABLE locks (cluster TEXT NOT NULL, database TEXT NOT NULL, change_id TEXT NOT NULL UNIQUE, holder TEXT NOT NULL,
      since TEXT NOT NULL, lease_until TEXT NOT NULL, snapshot TEXT NOT NULL, PRIMARY KEY (cluster, database)) STRICT;
    CREATE TABLE tokens (change_id TEXT PRIMARY KEY, token TEXT NOT NULL) STRICT;
    PRAGMA user_version = 2;
    INSERT INTO changes VALUES ('chg-1', '${JSON.stringify(request())}', '${NOW}', NULL, NULL, '${JSON.stringify(SUCCESSOR)}', 1,
      '{"revision":1,"status":"waiting"}', 1);
    INSERT INTO tokens VALUES ('chg-1', 'a token');
  `;
  let path: string;
  beforeEach(() => {
    path = join(folder, 'changes.db');
    const db = new DatabaseSync(path);
    db.exec(SECOND_VERSION);
    db.close();
  });

  it('keeps who runs a change, its gate, its token and that it is to stop', async () => {
    const store = new SqliteChangeStore(path, clock);
    expect(await store.get('chg-1')).toMatchObject({ holder: SUCCESSOR, run: 1 });
    expect([await store.gate('chg-1'), await store.tokenOf('chg-1'), await store.isCancelRequested('chg-1')]).toEqual([
      { revision: 1, status: 'waiting' },
      'a token',
      true,
    ]);
    store.close();
  });

  it('can be brought to the latest version by what remembers a chat, as well as by the store', async () => {
    const threads = new SqliteThreads(path);
    expect(await threads.saveThread('chg-1', THREAD)).toBe(true);
    const store = new SqliteChangeStore(path, clock);
    expect([await threads.threadOf('chg-1'), (await store.list(1)).length]).toEqual([THREAD, 1]);
    store.close();
    threads.close();
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
