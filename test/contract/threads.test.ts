import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbThreads } from '../../lambdas/adapters/dynamodb/threads.ts';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteThreads } from '../../lambdas/adapters/sqlite/threads.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import type { Thread, Threads } from '../../lambdas/ports/threads.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../support/dynamodb.ts';
import { NOW, request } from '../support/facts.ts';

const clock = { now: () => new Date(NOW) };

/** Opens what several processes share. */
type OpenThreads = () => Threads & { close?(): void };
interface Place {
  readonly server: DynamoDbServer;
  readonly folder: string;
}
const dynamoDb = async (server: DynamoDbServer, client: () => DynamoDBClient): Promise<OpenThreads> => {
  const table = await server.newTable();
  return () => new DynamoDbThreads({ client: client(), table, clock });
};

/** Each makes an empty place. A further adapter joins the suite with a line here. */
const PLACES: [name: string, make: (place: Place) => OpenThreads | Promise<OpenThreads>][] = [
  [
    'SQLite in a file',
    ({ folder }) =>
      () =>
        new SqliteThreads(join(folder, 'changes.db')),
  ],
  [
    'SQLite in memory',
    () => {
      const only = new SqliteThreads(':memory:');
      return () => only;
    },
  ],
  ['DynamoDB', ({ server }) => dynamoDb(server, () => server.client())],
  ['DynamoDB, every write answered only the second time', ({ server }) => dynamoDb(server, () => losingAnswers(server.client()))],
];

const root = { channel: 'C012AB3CD', ts: '1764554400.000100' };
const thread = (revision: number, settings: Partial<Thread> = {}): Thread => ({ revision, root, told: {}, shared: [], ...settings });
const FULL = thread(2, {
  told: { root: { ts: root.ts, digest: 'r' }, plan: { ts: '1764554400.000200', digest: 'p' } },
  shared: ['transcript – “für immer”'],
});

let server: DynamoDbServer;
let folder: string;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threads-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each(PLACES)('Threads: %s', (_name, makePlace) => {
  let threads: Threads;
  let another: OpenThreads;
  const opened = new Set<ReturnType<OpenThreads>>();
  beforeEach(async () => {
    const open = await makePlace({ server, folder });
    another = () => {
      const more = open();
      opened.add(more);
      return more;
    };
    threads = another();
  });
  afterEach(() => {
    for (const each of opened) each.close?.();
    opened.clear();
  });

  it('know of no thread that was never saved', async () => {
    expect(await threads.threadOf('chg-1')).toBeUndefined();
  });

  it('give a thread back as it was saved', async () => {
    expect([await threads.saveThread('chg-1', thread(1)), await threads.threadOf('chg-1')]).toEqual([true, thread(1)]);
    expect([await threads.saveThread('chg-1', FULL), await another().threadOf('chg-1')]).toEqual([true, FULL]);
  });

  it('keep the threads of two changes apart', async () => {
    await threads.saveThread('chg-1', thread(1));
    await threads.saveThread('chg-2', thread(1, { shared: ['plan'] }));
    expect([await threads.threadOf('chg-1'), await threads.threadOf('chg-2')]).toEqual([thread(1), thread(1, { shared: ['plan'] })]);
  });

  it('begin with revision 1 and with no other', async () => {
    expect([await threads.saveThread('chg-1', thread(2)), await threads.threadOf('chg-1')]).toEqual([false, undefined]);
  });

  it.each([1, 2, 4])('refuse revision %i on top of revision 2, and keep what they have', async (revision) => {
    await threads.saveThread('chg-1', thread(1));
    await threads.saveThread('chg-1', FULL);
    expect([await threads.saveThread('chg-1', thread(revision)), await threads.threadOf('chg-1')]).toEqual([false, FULL]);
  });

  it('let exactly one of two save at once, and keep what that one saved', async () => {
    for (const revision of [1, 2, 3, 4, 5]) {
      const told = ['one', 'two'].map((digest) => thread(revision, { told: { plan: { ts: '1.1', digest } } }));
      const saved = await Promise.all(told.map((each) => another().saveThread('chg-1', each)));
      expect(saved.toSorted()).toEqual([false, true]);
      expect(await threads.threadOf('chg-1')).toEqual(told[saved.indexOf(true)]);
    }
  });

  it('give a task to the first who claims it, and to the same one again', async () => {
    expect(await threads.claimTask('a', 'delivery 1')).toBe(true);
    expect(await another().claimTask('a', 'delivery 2')).toBe(false);
    expect(await another().claimTask('a', 'delivery 1')).toBe(true);
    expect(await threads.claimTask('b', 'delivery 2')).toBe(true);
  });

  it('give a task to exactly one of several who claim it at once', async () => {
    const claims = await Promise.all([1, 2, 3, 4].map((delivery) => another().claimTask('a', `delivery ${delivery}`)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it.each(['chg-1', 'task', 'thread', 'task-1'])('take the task %s for no thread, and no thread for it', async (id) => {
    await threads.claimTask(id, 'delivery 1');
    for (const changeId of [id, `task-${id}`]) {
      expect([await threads.threadOf(changeId), await threads.saveThread(changeId, thread(1))]).toEqual([undefined, true]);
      expect([await threads.claimTask(id, 'delivery 1'), await threads.claimTask(id, 'delivery 2')]).toEqual([true, false]);
    }
  });
});

describe('SqliteThreads', () => {
  it('remember everything when the file is opened again', async () => {
    const path = join(folder, 'changes.db');
    const first = new SqliteThreads(path);
    await first.saveThread('chg-1', thread(1));
    await first.claimTask('a', 'delivery 1');
    first.close();

    const second = new SqliteThreads(path);
    expect(await second.threadOf('chg-1')).toEqual(thread(1));
    expect([await second.claimTask('a', 'delivery 2'), await second.claimTask('a', 'delivery 1')]).toEqual([false, true]);
    second.close();
  });

  it('share a file with the store that has it open', async () => {
    const path = join(folder, 'changes.db');
    const store = new SqliteChangeStore(path, clock);
    const threads = new SqliteThreads(path);
    await store.open(request(), { description: 'process 7 on here', host: 'here' });
    expect([await threads.saveThread('chg-1', thread(1)), (await store.get('chg-1'))?.changeId]).toEqual([true, 'chg-1']);
    threads.close();
    expect(await store.list(1)).toHaveLength(1);
    store.close();
  });
});

describe('DynamoDbThreads', () => {
  let table: string;
  beforeEach(async () => {
    table = await server.newTable();
  });
  const threadsOn = (client: DynamoDBClient) => new DynamoDbThreads({ client, table, clock });

  it('keep what they remember under keys that rights can tell apart, for as long as changes are kept and tasks may come', async () => {
    const threads = threadsOn(server.client());
    await threads.saveThread('chg-1', thread(1));
    await threads.claimTask('0f', 'delivery 1');
    const { Items: items = [] } = await server.client().send(new ScanCommand({ TableName: table }));
    const kept = items.map((item) => [item[CHANGE_TABLE.partitionKey]?.S ?? '', Number(item[CHANGE_TABLE.timeToLive]?.N)] as const);
    const days = (count: number) => Date.parse(NOW) / 1000 + count * 86_400;
    expect(Object.fromEntries(kept)).toEqual({ 'chat#chg-1': days(400), 'chat#task#0f': days(2) });
  });

  it('count a thread as saved whose answer got lost, even when the next revision has come on top of it', async () => {
    const client = server.client();
    let isLost = false;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        if (isLost || context.commandName === 'GetItemCommand') return answer;
        isLost = true;
        await threadsOn(server.client()).saveThread('chg-1', FULL);
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
      },
      { step: 'finalizeRequest', priority: 'low', name: 'losingAnswer' },
    );
    expect([await threadsOn(client).saveThread('chg-1', thread(1)), await threadsOn(server.client()).threadOf('chg-1')]).toEqual([
      true,
      FULL,
    ]);
  });

  it('count a thread as refused that equals what somebody else has saved', async () => {
    expect(await threadsOn(server.client()).saveThread('chg-1', thread(1))).toBe(true);
    expect(await threadsOn(server.client()).saveThread('chg-1', thread(1))).toBe(false);
  });

  it('name the table that cannot be used', async () => {
    const threads = new DynamoDbThreads({ client: server.client(), table: 'no-such-table', clock });
    await expect(threads.claimTask('a', 'delivery 1')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('table no-such-table'),
    });
  });
});
