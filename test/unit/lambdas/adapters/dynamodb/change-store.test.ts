import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import type { Item } from '../../../../../lambdas/adapters/dynamodb/table.ts';
import { CHANGE_TABLE } from '../../../../../lambdas/contracts/change-table.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../../../../support/dynamodb.ts';
import { NOW, request } from '../../../../support/facts.ts';
import { gate, HOLDER, lockRequest, report, storeOn, takeOver } from './stores.ts';

const DAY = 86_400;
const NOW_SECONDS = Date.parse(NOW) / 1000;

let server: DynamoDbServer;
let table: string;
let store: DynamoDbChangeStore;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());
beforeEach(async () => {
  table = await server.newTable();
  store = storeOn(server.client(), table);
});

const items = async (): Promise<Item[]> => (await server.client().send(new ScanCommand({ TableName: table }))).Items ?? [];
const openAndLock = async (changeId: string) => {
  await store.open(request({ changeId }), HOLDER);
  return store.acquireLock(lockRequest(changeId));
};

describe('what the table forgets', () => {
  /** Seconds until each item expires, by its sort key. */
  const expiry = async () =>
    Object.fromEntries(
      (await items()).map((item) => {
        const seconds = item[CHANGE_TABLE.timeToLive]?.N;
        return [item[CHANGE_TABLE.sortKey]?.S?.replace(/#.*/, ''), seconds === undefined ? 'never' : Number(seconds) - NOW_SECONDS];
      }),
    );

  it('is no change that is under way and no lock', async () => {
    await openAndLock('chg-1');
    expect(await expiry()).toEqual({ change: 'never', 'lab/db:7': 'never' });
  });

  it('is a change 400 days after its end', async () => {
    await openAndLock('chg-1');
    await store.complete('chg-1', report('chg-1'), false);
    expect(await expiry()).toEqual({ change: 400 * DAY });
  });

  it('is a change that never had a lock', async () => {
    await store.open(request(), HOLDER);
    await store.complete('chg-1', report('chg-1', { outcome: 'planned' }), false);
    expect(await expiry()).toEqual({ change: 400 * DAY });
  });

  it('is no change whose lock is kept, until it is cleared', async () => {
    await openAndLock('chg-1');
    await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
    expect(await expiry()).toEqual({ change: 'never', 'lab/db:7': 'never' });
    await store.clear('chg-1', 'alice');
    expect(await expiry()).toEqual({ change: 400 * DAY });
  });

  it('is no change that was cleared while it runs', async () => {
    await openAndLock('chg-1');
    await store.clear('chg-1', 'alice');
    expect(await expiry()).toEqual({ change: 'never' });
  });

  it('is a token after as many days as a change is kept', async () => {
    await store.keepToken('chg-1', 'a token');
    expect(await expiry()).toEqual({ token: 400 * DAY });
  });

  it('is each event after as many days as asked for', async () => {
    await storeOn(server.client(), table, 30).append('chg-1', { type: 'note', text: 'a note' });
    expect(await expiry()).toEqual({ event: 30 * DAY });
  });
});

describe('more than a page', () => {
  /** As long as the output of a command is kept. */
  const output = 'x'.repeat(24_000);

  it('of events comes back whole and in order', async () => {
    await openAndLock('chg-1');
    for (let index = 0; index < 60; index += 1) {
      await store.append('chg-1', { type: 'command', step: 'Verify info', command: `info ${index}`, exitCode: 0, output });
      if (index === 30) await store.claimWrite('chg-1', 'Tune syncer', 'tune');
    }
    const record = await store.get('chg-1');
    const expected = Array.from({ length: 60 }, (_, index) => `info ${index}`).toSpliced(31, 0, 'tune');
    expect(record?.timeline.map((event) => 'command' in event && event.command)).toEqual(expected);
  });

  it('of changes is listed as far as asked for', async () => {
    const changeIds = Array.from({ length: 12 }, (_, index) => `chg-${index}`);
    for (const changeId of changeIds) {
      await store.open(request({ changeId }), HOLDER);
      await store.complete(changeId, report(changeId, { error: { name: 'Error', message: 'x'.repeat(150_000) } }), false);
    }
    expect((await store.list(10)).map(({ changeId }) => changeId)).toEqual(changeIds.toReversed().slice(0, 10));
    expect(await store.list(50)).toHaveLength(12);
    expect(await store.list(0)).toEqual([]);
  });
});

describe('a record', () => {
  it('comes back as it went in, whatever JSON can hold', async () => {
    const odd = report('chg-1', {
      error: { name: '', message: 'ünï\u0000 "quoted" \u{1f680}' },
      steps: [],
      before: { syncerMode: 'centralized', effectiveMode: 'centralized', class: 'C1', endpoints: [] },
    });
    await store.open(request(), HOLDER);
    await store.append('chg-1', { type: 'command', step: '', command: 'status', exitCode: null, output: '' });
    await store.complete('chg-1', odd, false);
    expect(await store.get('chg-1')).toMatchObject({ report: odd, timeline: [{ exitCode: null, output: '', step: '' }] });
  });

  it('is opened by its request even when its lock was taken first', async () => {
    await store.acquireLock(lockRequest('chg-1'));
    expect([await store.get('chg-1'), await store.list(1)]).toEqual([undefined, []]);
    await store.open(request(), HOLDER);
    expect([await store.get('chg-1'), await store.list(1)]).toMatchObject([{ request: request() }, [{ changeId: 'chg-1' }]]);
  });

  it('lists changes that began within a millisecond in their order', async () => {
    for (const changeId of ['chg-b', 'chg-c', 'chg-a']) await store.open(request({ changeId }), HOLDER);
    expect((await store.list(10)).map(({ changeId }) => changeId)).toEqual(['chg-a', 'chg-c', 'chg-b']);
  });

  it('of one change takes the lock of one database only', async () => {
    await openAndLock('chg-1');
    const other = { ...lockRequest('chg-1'), database: { cluster: 'lab', id: 'db:8', name: 'carts' } as const };
    await expect(store.acquireLock(other)).rejects.toThrow(/chg-1.*lab\/db:8/);
  });
});

describe('the claims of a change', () => {
  it('end at a number that its item can hold', async () => {
    await openAndLock('chg-1');
    for (let index = 0; index < 200; index += 1) await store.claimWrite('chg-1', 'Rebind policy', `bind 7:${index}`);
    await expect(store.claimWrite('chg-1', 'Rebind policy', 'bind 7:200')).rejects.toThrow(/200 writes/);
    expect(await store.claimWrite('chg-1', 'Rebind policy', 'bind 7:199')).toBe(false);
  });

  it('refuse a command that is longer than any', async () => {
    await openAndLock('chg-1');
    await expect(store.claimWrite('chg-1', 'Tune syncer', 'x'.repeat(1001))).rejects.toThrow(/1001 characters/);
    expect(await store.claimedWrites('chg-1')).toEqual([]);
  });
});

describe('an answer that gets lost', () => {
  it('makes the SDK send the write again', async () => {
    await openAndLock('chg-1');
    const command = new UpdateItemCommand({ TableName: table, Key: { pk: { S: 'change#chg-1' }, sk: { S: 'change' } } });
    const { $metadata } = await losingAnswers(server.client()).send(command);
    expect($metadata.attempts).toBe(2);
  });

  it('leaves a claim with whoever made it, and nobody else', async () => {
    await openAndLock('chg-1');
    expect(await storeOn(losingAnswers(server.client()), table).claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(true);
    expect(await store.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(false);
  });
});

describe('a table that answers as it likes', () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const mocked = mockClient(client);
  const mockedStore = storeOn(client, 'changes-here');
  const refusal = () => new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  const change = (settings: Item): Item => ({ pk: { S: 'change#chg-1' }, sk: { S: 'change' }, releases: { N: '0' }, ...settings });
  const held = { holds: { BOOL: true } };
  beforeEach(() => mocked.reset());

  /** The write goes through; its answer gets lost, and the SDK's second attempt fails its own condition. */
  const claimGetsThrough = (settings: Item) => {
    let stored: Item = {};
    mocked.on(UpdateItemCommand).callsFake((input) => {
      stored = { claims: input.ExpressionAttributeValues[':claims'] };
      throw refusal();
    });
    mocked.on(GetItemCommand).callsFake(() => ({ Item: change({ ...stored, ...settings }) }));
  };

  it('confirms a claim whose condition fails on its own mark', async () => {
    claimGetsThrough(held);
    expect(await mockedStore.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(true);
  });

  it('confirms no claim of a change that has lost its lock meanwhile', async () => {
    claimGetsThrough({});
    await expect(mockedStore.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(
      expect.objectContaining({ name: 'LockLostError' }),
    );
  });

  it('confirms no claim that carries the mark of somebody else', async () => {
    const foreign = { step: 'Tune syncer', command: 'tune', at: NOW, order: NOW, token: 'somebody else' };
    claimGetsThrough({ ...held, claims: { L: [{ S: JSON.stringify(foreign) }] } });
    expect(await mockedStore.claimWrite('chg-1', 'Tune syncer', 'tune')).toBe(false);
  });

  it('gives up a claim that is refused without a reason', async () => {
    mocked.on(UpdateItemCommand).rejects(refusal());
    mocked.on(GetItemCommand).resolves({ Item: change(held) });
    await expect(mockedStore.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(
      expect.objectContaining({ name: 'LockLostError' }),
    );
    expect(mocked.commandCalls(UpdateItemCommand).length).toBeLessThan(10);
  });

  const denied = Object.assign(new Error('User: step is not authorized to perform: dynamodb:UpdateItem'), {
    name: 'AccessDeniedException',
  });
  it.each([
    ['open', () => mockedStore.open(request(), HOLDER)],
    ['append', () => mockedStore.append('chg-1', { type: 'note', text: 'a note' })],
    ['acquireLock', () => mockedStore.acquireLock(lockRequest('chg-1'))],
    ['refreshLock', () => mockedStore.refreshLock('chg-1', { leaseSeconds: 600 })],
    ['claimWrite', () => mockedStore.claimWrite('chg-1', 'Tune syncer', 'tune')],
    ['claimedWrites', () => mockedStore.claimedWrites('chg-1')],
    ['complete', () => mockedStore.complete('chg-1', report('chg-1'), false)],
    ['get', () => mockedStore.get('chg-1')],
    ['list', () => mockedStore.list(1)],
    ['locks', () => mockedStore.locks()],
    ['clear', () => mockedStore.clear('chg-1', 'alice')],
    ['takeOver', () => mockedStore.takeOver('chg-1', takeOver())],
    ['requestCancel', () => mockedStore.requestCancel('chg-1', { by: 'alice', via: 'iam' })],
    ['isCancelRequested', () => mockedStore.isCancelRequested('chg-1')],
    ['gate', () => mockedStore.gate('chg-1')],
    ['saveGate', () => mockedStore.saveGate('chg-1', gate(1))],
    ['keepToken', () => mockedStore.keepToken('chg-1', 'a token')],
    ['tokenOf', () => mockedStore.tokenOf('chg-1')],
  ])('names itself when it refuses %s, and keeps the name and the cause', async (_name, work) => {
    mocked.rejects(denied);
    await expect(work()).rejects.toThrow(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message: expect.stringMatching(/changes-here.*not authorized/),
        cause: denied,
      }),
    );
  });

  it('is asked for nothing that may be stale, but for the list', async () => {
    mocked.resolves({});
    await mockedStore.get('chg-1');
    await mockedStore.locks();
    await mockedStore.claimedWrites('chg-1');
    await mockedStore.refreshLock('chg-1', { leaseSeconds: 600 }).catch(() => {});
    await mockedStore.isCancelRequested('chg-1');
    await mockedStore.gate('chg-1');
    await mockedStore.tokenOf('chg-1').catch(() => {});
    const inputs = mocked.calls().map(({ firstArg }) => firstArg.input);
    expect(inputs.map(({ ConsistentRead }) => ConsistentRead)).toEqual(Array.from({ length: 7 }, () => true));
  });
});
