import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbChangeStore } from '../../../lambdas/adapters/dynamodb/change-store.ts';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../../support/dynamodb.ts';
import { NOW, request } from '../../support/facts.ts';
import { HOLDER, lockRequest, takeOver } from './stores.ts';

let server: DynamoDbServer;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());

describe.each([
  ['DynamoDbChangeStore', () => server.client()],
  ['DynamoDbChangeStore, every write answered only the second time', () => losingAnswers(server.client())],
])('%s', (_name, client) => {
  it('tells its observer of every line of a timeline, as it is stored', async () => {
    const told: unknown[] = [];
    const store = new DynamoDbChangeStore({
      client: client(),
      table: await server.newTable(),
      clock: { now: () => new Date(NOW) },
      onEvent: (changeId, event) => told.push([changeId, event]),
    });
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
    await machines[0]?.open(request(), HOLDER);
    await each(async (store, index) => {
      for (let count = 0; count < 5; count += 1) await store.append('chg-1', { type: 'note', text: `${index}: ${count}` });
    });
    const texts = (await machines[0]?.get('chg-1'))?.timeline.map((event) => ('text' in event ? event.text : '')) ?? [];
    expect(texts).toHaveLength(MACHINES * 5);
    for (const [index] of machines.entries())
      expect(texts.filter((text) => text.startsWith(`${index}:`))).toEqual([0, 1, 2, 3, 4].map((count) => `${index}: ${count}`));
  });
});
