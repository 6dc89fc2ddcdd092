import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import { changeKey, lockKey } from '../../../../../lambdas/adapters/dynamodb/items.ts';
import { CHANGE_TABLE } from '../../../../../lambdas/contracts/change-table.ts';
import { type DynamoDbServer, startDynamoDb } from '../../../../support/dynamodb.ts';
import { NOW, request } from '../../../../support/facts.ts';
import { dyingAfter, HOLDER, interruptedBefore, lockRequest, report, storeOn, takeOver } from './stores.ts';

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
  for (const changeId of ['chg-1', 'chg-2', 'chg-3']) await store.open(request({ changeId }), HOLDER);
});

const named = (name: string) => expect.objectContaining({ name });
const holders = async () => (await store.locks()).map(({ changeId }) => changeId);
const lockItem = async () => (await server.client().send(new GetItemCommand({ TableName: table, Key: lockKey('lab/db:7') }))).Item;
const expiryOfChange = async () =>
  (await server.client().send(new GetItemCommand({ TableName: table, Key: changeKey('chg-1') }))).Item?.[CHANGE_TABLE.timeToLive];
let claims = 0;
/** Whether the latest run of a change can claim. */
const canClaim = async (changeId: string): Promise<boolean> => {
  claims += 1;
  const run = (await store.get(changeId))?.run ?? 0;
  return store.claimWrite(changeId, 'Tune syncer', `tune ${claims}`, run).catch(() => false);
};
const canLock = async (changeId: string): Promise<boolean> =>
  store.acquireLock(lockRequest(changeId)).then(
    () => true,
    () => false,
  );

describe('a process that dies while it takes a lock', () => {
  const takingLock = [0, 1, 2];
  const dies = async (writes: number) =>
    expect(dyingAfter(writes, server, table).acquireLock(lockRequest('chg-1'))).rejects.toThrow('killed');

  it.each([...takingLock])('has its change go on when it is repeated (%i writes)', async (writes) => {
    await dies(writes);
    const lock = await store.acquireLock(lockRequest('chg-1'));
    expect([await store.locks(), await canClaim('chg-1'), await canLock('chg-2')]).toEqual([[lock], true, false]);
  });

  it.each([0, 1])('has taken nothing before the lock is written (%i writes)', async (writes) => {
    await dies(writes);
    expect([await holders(), await canLock('chg-2')]).toEqual([[], true]);
  });

  it('keeps other changes out once the lock is written, because it could be about to go on', async () => {
    await dies(2);
    await expect(store.acquireLock(lockRequest('chg-2'))).rejects.toThrow(/chg-1/);
    expect([await holders(), await canClaim('chg-1')]).toEqual([['chg-1'], false]);
  });

  it.each(takingLock)('leaves nothing behind when its change is completed (%i writes)', async (writes) => {
    await dies(writes);
    await store.complete('chg-1', report('chg-1', { outcome: 'refused' }), false);
    expect([await holders(), await lockItem(), await canLock('chg-2')]).toEqual([[], undefined, true]);
  });

  it('can be cleared', async () => {
    await dies(2);
    expect(await store.clear('chg-1', 'alice')).toMatchObject({ changeId: 'chg-1' });
    expect([await holders(), await canLock('chg-2')]).toEqual([[], true]);
  });

  it('keeps its change from expiring', async () => {
    await dies(2);
    expect([await holders(), await expiryOfChange()]).toEqual([['chg-1'], undefined]);
  });

  it('has its change take nothing once that has ended', async () => {
    await store.complete('chg-1', report('chg-1'), false);
    await expect(dyingAfter(2, server, table).acquireLock(lockRequest('chg-1'))).rejects.toThrow(named('LockLostError'));
    expect([await holders(), await lockItem()]).toEqual([[], undefined]);
  });

  it('keeps the lock for an operator when its change ends that way', async () => {
    await dies(2);
    await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
    expect([await holders(), await canLock('chg-2')]).toEqual([['chg-1'], false]);
  });
});

describe.each([
  ['completes', (one: DynamoDbChangeStore) => one.complete('chg-1', report('chg-1'), false)],
  ['clears', (one: DynamoDbChangeStore) => one.clear('chg-1', 'alice')],
] as const)('a process that dies while it %s a change', (verb, release) => {
  const dies = (writes: number) => expect(release(dyingAfter(writes, server, table))).rejects.toThrow('killed');
  beforeEach(async () => {
    await store.acquireLock(lockRequest('chg-1'));
  });

  it('has released nothing before its first write', async () => {
    await dies(0);
    expect([await holders(), await canClaim('chg-1'), await canLock('chg-2')]).toEqual([['chg-1'], true, false]);
  });

  it.each([1, 2])('has released the lock for good after its first write (%i writes)', async (writes) => {
    await dies(writes);
    expect([await holders(), await canClaim('chg-1'), await canLock('chg-2')]).toEqual([[], false, true]);
    expect([await holders(), await canClaim('chg-2')]).toEqual([['chg-2'], true]);
  });

  it.each([1, 2])('leaves the rest to whoever repeats it (%i writes)', async (writes) => {
    await dies(writes);
    await release(store);
    expect([await lockItem(), await canLock('chg-2')]).toEqual([undefined, true]);
  });

  it('leaves nothing to be cleared after its first write', async () => {
    await dies(1);
    const before = await store.get('chg-1');
    expect(await store.clear('chg-1', 'bob')).toBeUndefined();
    expect([await store.get('chg-1'), await lockItem()]).toEqual([before, undefined]);
  });

  it('touches no lock that was taken over in the meantime when it is repeated', async () => {
    await dies(1);
    await store.acquireLock(lockRequest('chg-2'));
    await release(store);
    expect([await holders(), await canClaim('chg-2')]).toEqual([['chg-2'], true]);
  });

  it('lets the leftover be taken over by one of many', async () => {
    await dies(1);
    const taken = await Promise.all(Array.from({ length: 8 }, (_, index) => canLock(`chg-${index + 2}`)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it(`lets the change itself take the lock again only while it has not ended (${verb})`, async () => {
    await dies(1);
    const asking = store.acquireLock(lockRequest('chg-1', { leaseSeconds: 7 }));
    if (verb === 'completes') await expect(asking).rejects.toThrow(named('LockLostError'));
    else expect(await asking).toMatchObject({ leaseUntil: '2026-12-01T02:00:07.000Z' });
    expect(await holders()).toEqual(verb === 'completes' ? [] : ['chg-1']);
  });

  it(`tells in the timeline what it did (${verb})`, async () => {
    await dies(1);
    const note = { at: NOW, type: 'note', text: 'lock cleared by alice' };
    expect((await store.get('chg-1'))?.timeline).toEqual(verb === 'clears' ? [note] : []);
  });
});

describe('what comes in between the writes of one change', () => {
  type Work = (one: DynamoDbChangeStore) => Promise<unknown>;
  const working: [what: string, writes: number, work: Work][] = [
    ['takes its lock', 3, (one) => one.acquireLock(lockRequest('chg-1'))],
    ['renews its lock', 1, (one) => one.refreshLock('chg-1', { leaseSeconds: 600 })],
    ['claims a write', 1, (one) => one.claimWrite('chg-1', 'Tune syncer', 'tune')],
    ['completes', 3, (one) => one.complete('chg-1', report('chg-1'), false)],
    ['is cleared', 3, (one) => one.clear('chg-1', 'alice')],
    ['is taken over', 2, (one) => one.takeOver('chg-1', takeOver())],
  ];
  const intruding: [string, Work][] = [
    ['a clearance', (one) => one.clear('chg-1', 'bob')],
    ['a completion', (one) => one.complete('chg-1', report('chg-1'), false)],
    ['another change', (one) => one.acquireLock(lockRequest('chg-2'))],
    ['the same change again', (one) => one.acquireLock(lockRequest('chg-1'))],
    ['a take-over', (one) => one.takeOver('chg-1', takeOver())],
    [
      'a take-over that completes, and another change',
      async (one) => {
        await one.takeOver('chg-1', takeOver());
        await one.complete('chg-1', report('chg-1'), false, 1);
        await one.acquireLock(lockRequest('chg-2'));
      },
    ],
    [
      'a clearance and the same change again',
      async (one) => {
        await one.clear('chg-1', 'bob');
        await one.acquireLock(lockRequest('chg-1'));
      },
    ],
    [
      'a clearance and another change',
      async (one) => {
        await one.clear('chg-1', 'bob');
        await one.acquireLock(lockRequest('chg-2'));
      },
    ],
    [
      'a completion and the same change again',
      async (one) => {
        await one.complete('chg-1', report('chg-1'), false);
        await one.acquireLock(lockRequest('chg-1'));
      },
    ],
    [
      'a completion that dies and another change',
      async (one) => {
        await dyingAfter(1, server, table)
          .complete('chg-1', report('chg-1'), false)
          .catch(() => {});
        await one.acquireLock(lockRequest('chg-2'));
      },
    ],
    [
      'a clearance, another change from begin to end, and the same change again',
      async (one) => {
        await one.clear('chg-1', 'bob');
        await one.acquireLock(lockRequest('chg-2'));
        await one.complete('chg-2', report('chg-2'), false);
        await one.acquireLock(lockRequest('chg-1'));
      },
    ],
  ];
  const places = working.flatMap(([what, writes, work]) =>
    Array.from({ length: writes }, (_, index) => index + 1).flatMap((write) =>
      intruding.flatMap(([who, intrude]) => [true, false].map((locked) => ({ what, who, write, locked, work, intrude }))),
    ),
  );

  it.each(places)('leaves one holder at most: $who before write $write of a change that $what (locked: $locked)', async (place) => {
    if (place.locked) await store.acquireLock(lockRequest('chg-1'));
    await place.work(interruptedBefore(place.write, () => place.intrude(store).catch(() => {}), server, table)).catch(() => {});

    const listed = await holders();
    const able = [];
    for (const changeId of ['chg-1', 'chg-2']) if (await canClaim(changeId)) able.push(changeId);
    // Who can claim is listed; whoever is listed without being able to is about to hold the lock.
    expect(listed).toEqual(expect.arrayContaining(able));
    expect(listed.length).toBeLessThanOrEqual(1);
    expect(await canLock('chg-3')).toBe(listed.length === 0);
    for (const changeId of listed) expect(await store.clear(changeId, 'carol')).toMatchObject({ changeId });
    expect(await canLock('chg-3')).toBe(true);
  });

  it('makes a change that was cleared while it took its lock fail, and withdraws the lock', async () => {
    const interrupted = interruptedBefore(3, () => store.clear('chg-1', 'bob'), server, table);
    await expect(interrupted.acquireLock(lockRequest('chg-1'))).rejects.toThrow(named('LockLostError'));
    expect([await holders(), await lockItem()]).toEqual([[], undefined]);
  });

  it('makes a lock fail that is written after its change was completed, and withdraws it', async () => {
    const interrupted = interruptedBefore(2, () => store.complete('chg-1', report('chg-1'), false), server, table);
    await expect(interrupted.acquireLock(lockRequest('chg-1'))).rejects.toThrow(named('LockLostError'));
    expect([await holders(), await lockItem()]).toEqual([[], undefined]);
  });

  it('keeps a leftover from whoever found it before its change took the lock again', async () => {
    await store.acquireLock(lockRequest('chg-1'));
    await dyingAfter(1, server, table)
      .clear('chg-1', 'bob')
      .catch(() => {});
    // Its first write announces the lock, its second finds the leftover, its third would take it over.
    const interrupted = interruptedBefore(3, () => store.acquireLock(lockRequest('chg-1')), server, table);
    await expect(interrupted.acquireLock(lockRequest('chg-2'))).rejects.toThrow(named('LockHeldError'));
    expect([await holders(), await canClaim('chg-1'), await canClaim('chg-2')]).toEqual([['chg-1'], true, false]);
  });
});
