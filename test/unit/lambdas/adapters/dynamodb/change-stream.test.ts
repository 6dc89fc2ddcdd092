import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import { type ChangedItem, changedItems } from '../../../../../lambdas/adapters/dynamodb/change-stream.ts';
import type { Item } from '../../../../../lambdas/adapters/dynamodb/table.ts';
import { DynamoDbThreads } from '../../../../../lambdas/adapters/dynamodb/threads.ts';
import { type DynamoDbServer, startDynamoDb } from '../../../../support/dynamodb.ts';
import { NOW, request } from '../../../../support/facts.ts';
import { clock, gate, HOLDER, lockRequest, report, storeOn, takeOver } from './stores.ts';
import { streamOf } from './stream-of.ts';

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

const written = (work: () => Promise<unknown>) => streamOf(server.client(), table, work);

/** What is read of it, without the numbers of the records. */
const told = async (work: () => Promise<unknown>): Promise<Omit<ChangedItem, 'sequenceNumber'>[]> =>
  changedItems(await written(work)).map(({ sequenceNumber: _, ...item }) => item);
const change = (news: ChangedItem['news'] = []) => ({ changeId: 'chg-1', news });

describe('what the stream tells of a change', () => {
  beforeEach(async () => {
    await store.open(request(), HOLDER);
    await store.acquireLock(lockRequest('chg-1'));
  });

  it('is that it began, and that something about it moved, without news', async () => {
    expect(await told(() => store.open(request({ changeId: 'chg-2' }), HOLDER))).toEqual([{ changeId: 'chg-2', news: [] }]);
    expect(await told(() => store.saveGate('chg-1', gate(1)))).toEqual([change()]);
  });

  it('is each event that was appended', async () => {
    expect(await told(() => store.append('chg-1', { type: 'note', text: 'a note' }))).toEqual([
      change([{ at: NOW, type: 'note', text: 'a note' }]),
    ]);
  });

  it('is a write at its claim, and no earlier claim again', async () => {
    const claimed = (command: string) => change([{ at: NOW, type: 'write-claimed', step: 'Rebind policy', command }]);
    for (const command of ['bind 7:1', 'bind 7:2'])
      expect(await told(() => store.claimWrite('chg-1', 'Rebind policy', command))).toEqual([claimed(command)]);
    expect(await told(() => store.claimWrite('chg-1', 'Rebind policy', 'bind 7:1'))).toEqual([]);
  });

  it('is that a claimed write never left', async () => {
    await store.claimWrite('chg-1', 'Tune syncer', 'tune');
    expect(await told(() => store.disclaimWrite('chg-1', 'Tune syncer', 'tune'))).toEqual([
      change([{ at: NOW, type: 'write-not-sent', step: 'Tune syncer', command: 'tune' }]),
    ]);
  });

  it('is each run that takes it over, once', async () => {
    const taken = (run: number) => change([{ at: NOW, type: 'taken-over', run, holder: 'its recovery', why: 'the execution was stopped' }]);
    expect(await told(() => store.takeOver('chg-1', takeOver()))).toEqual([taken(1)]);
    expect(await told(() => store.takeOver('chg-1', takeOver({ from: 1 })))).toEqual([taken(2)]);
  });

  it('is that somebody asked for it to stop, once', async () => {
    const asked = { by: 'alice', via: 'slack', reason: 'wrong database' };
    expect(await told(() => store.requestCancel('chg-1', asked))).toEqual([change([{ at: NOW, type: 'cancel-requested', ...asked }])]);
    expect(await told(() => store.requestCancel('chg-1', { by: 'bob', via: 'machine' }))).toEqual([]);
    expect(await told(() => store.claimWrite('chg-1', 'Tune syncer', 'tune'))).toMatchObject([{ news: [{ type: 'write-claimed' }] }]);
  });

  it('is that somebody cleared its lock', async () => {
    expect(await told(() => store.clear('chg-1', 'alice'))).toEqual([change([{ at: NOW, type: 'note', text: 'lock cleared by alice' }])]);
  });

  it.each([
    ['releases', false],
    ['keeps', true],
  ])('is the report of one that %s its lock at its end, once', async (_what, keepLock) => {
    const end = () => store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), keepLock);
    expect(await told(end)).toEqual([{ ...change(), ended: report('chg-1', { outcome: 'needs-operator' }) }]);
    for (const { ended } of await told(() => store.complete('chg-1', report('chg-1'), keepLock))) expect(ended).toBeUndefined();
  });

  it('is no lease, lock, token, thread or task: they are passed over', async () => {
    const threads = new DynamoDbThreads({ client: server.client(), table, clock });
    const records = await written(async () => {
      await store.refreshLock('chg-1', { leaseSeconds: 9_000 });
      await store.keepToken('chg-1', 'a token');
      await threads.saveThread('chg-1', { revision: 1, root: { channel: 'C012AB3CD', ts: '1.1' }, told: {}, shared: [] });
      await threads.claimTask('change', 'a delivery');
    });
    expect([records.length, changedItems(records)]).toEqual([4, []]);
  });

  it('adds up to its whole timeline', async () => {
    const lines: unknown[] = [];
    for (const work of [
      () => store.append('chg-1', { type: 'step-started', step: 'Tune syncer' }),
      () => store.claimWrite('chg-1', 'Tune syncer', 'tune'),
      () => store.requestCancel('chg-1', { by: 'alice', via: 'machine' }),
      () => store.takeOver('chg-1', takeOver()),
      () => store.complete('chg-1', report('chg-1'), true, 1),
      () => store.clear('chg-1', 'alice'),
    ])
      lines.push(...(await told(work)).flatMap(({ news }) => news));
    expect(lines).toEqual((await store.get('chg-1'))?.timeline);
  });
});

describe('a record of the stream', () => {
  const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });

  it('keeps its number and its place among the others', async () => {
    const [, second = [], third = []] = [
      await written(() => store.open(request(), HOLDER)),
      await written(() => store.append('chg-1', { type: 'note', text: 'one' })),
      await written(() => store.append('chg-1', { type: 'note', text: 'two' })),
    ];
    const numbered = [...third, ...second].map((record, index) => ({ ...record, sequenceNumber: `4000${index}` }));
    expect(changedItems(numbered).map(({ sequenceNumber, news }) => [sequenceNumber, ...news])).toMatchObject([
      ['40000', { text: 'two' }],
      ['40001', { text: 'one' }],
    ]);
  });

  it('brings several lines in their order when they came with one write', () => {
    const entry = (order: string, command: string) => ({
      S: JSON.stringify({ step: 'Rebind policy', command, at: NOW, order, token: 't' }),
    });
    const newImage = {
      ...key('change#chg-1', 'change'),
      claims: { L: [entry('1', 'bind 7:1'), entry('3', 'bind 7:2')] },
      disclaimers: { L: [entry('2', 'bind 7:1')] },
    };
    const [{ news = [] } = {}] = changedItems([{ sequenceNumber: '1', newImage }]);
    expect(news.map(({ type }) => type)).toEqual(['write-claimed', 'write-not-sent', 'write-claimed']);
  });

  it.each([
    ['was deleted', { oldImage: key('change#chg-1', 'change') }],
    ['lies in no partition of a change', { newImage: key('chat#chg-1', 'thread') }],
    ['is of a kind that is not known', { newImage: key('change#chg-1', 'something-else') }],
    ['comes from another table', { newImage: { id: { N: '7' } } }],
  ])('is passed over when its item %s', (_what, images) => {
    expect(changedItems([{ sequenceNumber: '1', ...images }])).toEqual([]);
  });

  it('brings an event no second time', () => {
    const image = { ...key('change#chg-1', 'event#1'), event: { S: JSON.stringify({ at: NOW, type: 'note', text: 'a note' }) } };
    expect(changedItems([{ sequenceNumber: '1', newImage: { ...image, expiresAt: { N: '9' } }, oldImage: image }])).toEqual([
      { sequenceNumber: '1', changeId: 'chg-1', news: [] },
    ]);
  });

  it('is not guessed at when the event in it is missing', () => {
    expect(() => changedItems([{ sequenceNumber: '1', newImage: key('change#chg-1', 'event#1') }])).toThrow('has no "event"');
  });
});
