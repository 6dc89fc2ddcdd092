import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import { lockKey } from '../../../../../lambdas/adapters/dynamodb/items.ts';
import { type DynamoDbServer, startDynamoDb } from '../../../../support/dynamodb.ts';
import { facts, OF_CLASS, request } from '../../../../support/facts.ts';
import { dyingAfter, HOLDER, interruptedBefore, lockRequest, losingAnswerWhile, report, SUCCESSOR, storeOn, takeOver } from './stores.ts';

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
  for (const changeId of ['chg-1', 'chg-2']) await store.open(request({ changeId }), HOLDER);
});

const lost = expect.objectContaining({ name: 'LockLostError' });
const lock = (one = store) => one.acquireLock(lockRequest('chg-1'));
const claim = (run: number) => store.claimWrite('chg-1', 'Tune syncer', 'tune', run);
const lockItem = async () => (await server.client().send(new GetItemCommand({ TableName: table, Key: lockKey('lab/db:7') }))).Item;
const another = () => store.acquireLock(lockRequest('chg-2'));
const endOf = (run: number) => store.complete('chg-1', report('chg-1'), false, run);

describe('a take-over that dies', () => {
  const dies = (writes: number) => expect(dyingAfter(writes, server, table).takeOver('chg-1', takeOver())).rejects.toThrow('killed');
  beforeEach(async () => {
    await lock();
  });

  it('has changed nothing before its first write', async () => {
    await dies(0);
    expect([await store.get('chg-1'), await claim(0)]).toMatchObject([{ run: 0, holder: HOLDER, timeline: [] }, true]);
  });

  it('has shut out the run before it with its first write', async () => {
    await dies(1);
    await expect(claim(0)).rejects.toThrow(lost);
    await expect(endOf(0)).rejects.toThrow(lost);
    expect(await store.get('chg-1')).toMatchObject({ run: 1, holder: SUCCESSOR, timeline: [{ type: 'taken-over', run: 1 }] });
  });

  it('leaves the lock to its change, still under the old holder and lease', async () => {
    await dies(1);
    expect(await store.locks()).toMatchObject([{ changeId: 'chg-1', holder: { description: 'execution chg-1' } }]);
    await expect(another()).rejects.toThrow(/chg-1/);
  });

  it('goes on when its holder repeats it', async () => {
    await dies(1);
    expect(await store.takeOver('chg-1', takeOver())).toMatchObject({ run: 1, lock: { holder: SUCCESSOR } });
    expect([await claim(1), (await store.get('chg-1'))?.timeline.length]).toEqual([true, 2]);
  });

  it('is no longer there for another holder, who takes over from the run that died', async () => {
    await dies(1);
    const third = { ...SUCCESSOR, description: 'a third' };
    expect(await store.takeOver('chg-1', takeOver({ holder: third }))).toBeUndefined();
    expect(await store.takeOver('chg-1', takeOver({ holder: third, from: 1 }))).toMatchObject({ run: 2, lock: { holder: third } });
    await expect(claim(1)).rejects.toThrow(lost);
  });

  it('leaves no lock behind when its run completes the change', async () => {
    await dies(1);
    await endOf(1);
    expect([await store.locks(), await lockItem(), (await another()).changeId]).toEqual([[], undefined, 'chg-2']);
  });
});

describe('a take-over from a run that was about to take its lock', () => {
  /** The lock is announced, written and held by one write each. */
  const writes = [1, 2, 3] as const;
  const zombie = (write: number, comesBetween: () => Promise<unknown>) =>
    lock(interruptedBefore(write, comesBetween, server, table)).catch((error: unknown) => error);

  it.each(writes)('finds no lock and can claim nothing (before write %i)', async (write) => {
    let taken: unknown;
    const error = await zombie(write, async () => {
      taken = await store.takeOver('chg-1', takeOver());
    });
    expect([error, taken]).toEqual([lost, { run: 1 }]);
    await expect(claim(0)).rejects.toThrow(lost);
    await expect(claim(1)).rejects.toThrow(lost);
  });

  it.each(writes)('leaves no lock behind when it completes the change (before write %i)', async (write) => {
    await zombie(write, () => store.takeOver('chg-1', takeOver()));
    await endOf(1);
    expect([await store.locks(), await lockItem(), (await another()).changeId]).toEqual([[], undefined, 'chg-2']);
  });

  it.each(writes)('leaves no lock behind when it has completed the change by then (before write %i)', async (write) => {
    const error = await zombie(write, async () => {
      await store.takeOver('chg-1', takeOver());
      await endOf(1);
    });
    expect([error, await store.locks(), await lockItem(), (await another()).changeId]).toEqual([lost, [], undefined, 'chg-2']);
  });

  it.each([1, 2])('leaves no lock behind when the run died (%i writes)', async (count) => {
    await lock(dyingAfter(count, server, table)).catch(() => {});
    expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1 });
    await endOf(1);
    expect([await store.locks(), await lockItem(), (await another()).changeId]).toEqual([[], undefined, 'chg-2']);
  });

  it('names the new holder on a lock that was written and is not held', async () => {
    await lock(dyingAfter(2, server, table)).catch(() => {});
    await store.takeOver('chg-1', takeOver());
    expect(await store.locks()).toMatchObject([{ changeId: 'chg-1', holder: SUCCESSOR, leaseUntil: '2026-12-01T02:20:00.000Z' }]);
  });

  it.each(writes)('lets the new run take the lock, under its own name (before write %i)', async (write) => {
    await zombie(write, () => store.takeOver('chg-1', takeOver()));
    const taken = await store.acquireLock(lockRequest('chg-1', { run: 1, holder: SUCCESSOR }));
    expect([taken.holder, await store.locks(), await claim(1)]).toEqual([SUCCESSOR, [taken], true]);
    await expect(claim(0)).rejects.toThrow(lost);
  });

  it.each(writes)('loses no lock to the old run once the new one has it (before write %i)', async (write) => {
    const error = await zombie(write, async () => {
      await store.takeOver('chg-1', takeOver());
      await store.acquireLock(lockRequest('chg-1', { run: 1, holder: SUCCESSOR }));
    });
    expect([error, await store.locks(), await claim(1)]).toMatchObject([{ name: 'LockLostError' }, [{ holder: SUCCESSOR }], true]);
  });

  it('keeps the lock for an operator when it ends the change that way', async () => {
    await zombie(3, async () => {
      await store.takeOver('chg-1', takeOver());
      await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true, 1);
    });
    expect(await store.locks()).toMatchObject([{ changeId: 'chg-1', holder: SUCCESSOR }]);
    await expect(another()).rejects.toThrow(/chg-1/);
    expect([(await store.clear('chg-1', 'alice'))?.changeId, await lockItem()]).toEqual(['chg-1', undefined]);
  });
});

describe('a run that was taken over', () => {
  it('puts no lock back under its own name', async () => {
    await lock();
    const late = interruptedBefore(2, () => store.takeOver('chg-1', takeOver({ from: 1, holder: HOLDER })), server, table);
    // The first take-over wakes up before its second write, when the second one is through.
    expect(await late.takeOver('chg-1', takeOver())).toEqual({ run: 1 });
    expect(await store.locks()).toMatchObject([{ holder: HOLDER }]);
    await expect(claim(1)).rejects.toThrow(lost);
  });

  it('leaves the snapshot as it is when a repeated step of the new run asks for the lock', async () => {
    await lock();
    await store.takeOver('chg-1', takeOver());
    await store.acquireLock(lockRequest('chg-1', { run: 1, holder: SUCCESSOR, snapshot: OF_CLASS.D2 }));
    expect(await store.locks()).toMatchObject([{ holder: SUCCESSOR, snapshot: facts() }]);
  });
});

describe('an answer that gets lost', () => {
  it('leaves a take-over with whoever made it', async () => {
    await lock();
    const rival = takeOver({ holder: { description: 'a rival', host: 'here' } });
    let rivals: unknown = 'never asked';
    const slow = losingAnswerWhile(
      async () => {
        rivals = await store.takeOver('chg-1', rival);
      },
      server,
      table,
    );
    expect([await slow.takeOver('chg-1', takeOver()), rivals]).toMatchObject([{ run: 1, lock: { holder: SUCCESSOR } }, undefined]);
    expect((await store.get('chg-1'))?.timeline).toHaveLength(1);
  });

  it('leaves a change with whoever took it over from there in the meantime', async () => {
    await lock();
    const next = takeOver({ from: 1, holder: { description: 'the next', host: 'here' } });
    const slow = losingAnswerWhile(() => store.takeOver('chg-1', next), server, table);
    expect(await slow.takeOver('chg-1', takeOver())).toBeUndefined();
    expect(await store.get('chg-1')).toMatchObject({ run: 2, holder: next.holder });
  });

  it('sends no write whose change was taken over in the meantime, and lets the new run find its claim', async () => {
    await lock();
    const slow = losingAnswerWhile(() => store.takeOver('chg-1', takeOver()), server, table);
    await expect(slow.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(lost);
    expect([await store.claimedWrites('chg-1'), await claim(1)]).toEqual([[{ step: 'Tune syncer', command: 'tune' }], false]);
  });

  it('ends a change once: nobody takes it over before the end is confirmed', async () => {
    await lock();
    let taken: unknown = 'never asked';
    const slow = losingAnswerWhile(
      async () => {
        taken = await store.takeOver('chg-1', takeOver());
      },
      server,
      table,
    );
    await slow.complete('chg-1', report('chg-1'), false);
    expect([taken, await store.locks(), await lockItem()]).toEqual([undefined, [], undefined]);
  });

  it('opens a change for whoever opened it, though another one asked before the answer came', async () => {
    const slow = losingAnswerWhile(() => store.open(request({ changeId: 'chg-3' }), SUCCESSOR), server, table);
    expect(await slow.open(request({ changeId: 'chg-3' }), HOLDER)).toBe(true);
    expect(await store.get('chg-3')).toMatchObject({ holder: HOLDER });
  });
});
