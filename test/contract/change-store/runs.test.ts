import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { facts, later, NOW, OF_CLASS, request } from '../../support/facts.ts';
import { describeEachStore, HOLDER, LEASE_SECONDS, lockRequest, named, report, SUCCESSOR, takeOver } from './stores.ts';

describeEachStore('runs', (bench) => {
  let store: ChangeStore;
  beforeEach(async () => {
    store = bench().store;
    await store.open(request(), HOLDER);
  });
  const lock = () => store.acquireLock(lockRequest('chg-1', { holder: HOLDER }));
  const claim = (command: string, run?: number) => store.claimWrite('chg-1', 'Tune syncer', command, run);
  const lost = named('LockLostError');

  describe('takeOver', () => {
    it('gives the change, its lock and a new lease to the next run', async () => {
      const held = await lock();
      bench().passes(1000);
      const expected = { ...held, holder: SUCCESSOR, leaseUntil: later(1000 + LEASE_SECONDS) };
      expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1, lock: expected });
      expect(await store.locks()).toEqual([expected]);
      expect(await store.get('chg-1')).toMatchObject({ run: 1, holder: SUCCESSOR });
      expect(await store.list(1)).toMatchObject([{ run: 1, holder: SUCCESSOR }]);
    });

    it('tells the timeline who goes on, and why', async () => {
      bench().passes(5);
      await store.takeOver('chg-1', takeOver());
      expect((await store.get('chg-1'))?.timeline).toEqual([
        { at: later(5), type: 'taken-over', run: 1, holder: SUCCESSOR.description, why: 'its process is gone' },
      ]);
    });

    it('gives no lock to a change that holds none', async () => {
      expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1 });
      expect(await store.locks()).toEqual([]);
    });

    it('touches the lock of no other change', async () => {
      await store.open(request({ changeId: 'chg-2' }), HOLDER);
      const other = await store.acquireLock(lockRequest('chg-2'));
      expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1 });
      expect(await store.locks()).toEqual([other]);
    });

    it('keeps the snapshot that the first run found, and its claims', async () => {
      await lock();
      await claim('tune');
      expect(await store.takeOver('chg-1', takeOver())).toMatchObject({ lock: { snapshot: facts(), since: NOW } });
      expect([await store.claimedWrites('chg-1'), await claim('tune', 1)]).toEqual([[{ step: 'Tune syncer', command: 'tune' }], false]);
    });

    it('is refused while another run than the one known to be dead has the change', async () => {
      await store.takeOver('chg-1', takeOver());
      const late = { ...SUCCESSOR, pid: 9 };
      expect(await store.takeOver('chg-1', takeOver({ holder: late }))).toBeUndefined();
      expect(await store.takeOver('chg-1', takeOver({ holder: late, from: 2 }))).toBeUndefined();
      expect(await store.get('chg-1')).toMatchObject({ run: 1, holder: SUCCESSOR });
    });

    it('can be done again when the next run has died as well', async () => {
      await lock();
      await store.takeOver('chg-1', takeOver());
      const third = { ...SUCCESSOR, pid: 9 };
      expect(await store.takeOver('chg-1', takeOver({ from: 1, holder: third }))).toMatchObject({ run: 2, lock: { holder: third } });
      expect((await store.get('chg-1'))?.timeline.map((event) => 'run' in event && event.run)).toEqual([1, 2]);
    });

    it('gives the same run to the same holder that asks again, and tells of it once', async () => {
      await lock();
      const first = await store.takeOver('chg-1', takeOver());
      expect(await store.takeOver('chg-1', takeOver())).toEqual(first);
      expect((await store.get('chg-1'))?.timeline).toHaveLength(1);
    });

    it('gives no earlier run back to a holder that has taken over twice', async () => {
      await store.takeOver('chg-1', takeOver());
      await store.takeOver('chg-1', takeOver({ from: 1 }));
      expect([await store.takeOver('chg-1', takeOver()), await store.get('chg-1')]).toMatchObject([undefined, { run: 2 }]);
    });

    it.each([true, false])('is refused once the change has ended (lock kept: %s)', async (keepLock) => {
      await lock();
      await store.complete('chg-1', report('chg-1'), keepLock);
      const locks = await store.locks();
      expect(await store.takeOver('chg-1', takeOver())).toBeUndefined();
      expect(await store.locks()).toEqual(locks);
      expect(await store.get('chg-1')).toMatchObject({ run: 0, holder: HOLDER, timeline: [] });
    });

    it('is refused again once the change has ended that was taken over', async () => {
      await store.takeOver('chg-1', takeOver());
      await store.complete('chg-1', report('chg-1'), false, 1);
      expect(await store.takeOver('chg-1', takeOver())).toBeUndefined();
    });

    it('knows nothing of a change that was never opened', async () => {
      expect(await store.takeOver('chg-9', takeOver())).toBeUndefined();
      expect(await store.get('chg-9')).toBeUndefined();
    });

    it('brings no lock back that was cleared', async () => {
      await lock();
      await store.clear('chg-1', 'alice');
      expect(await store.takeOver('chg-1', takeOver())).toEqual({ run: 1 });
      expect(await store.locks()).toEqual([]);
    });

    it('lets one of many have the change', async () => {
      await lock();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, pid) =>
          bench()
            .another()
            .takeOver('chg-1', takeOver({ holder: { ...SUCCESSOR, pid } })),
        ),
      );
      const [won, ...more] = results.filter((result) => result !== undefined);
      expect(more).toEqual([]);
      expect(won).toMatchObject({ run: 1, lock: (await store.locks())[0] });
      expect(await store.get('chg-1')).toMatchObject({ run: 1, holder: won?.lock?.holder });
    });
  });

  describe('a run that was taken over', () => {
    beforeEach(async () => {
      await lock();
      await store.takeOver('chg-1', takeOver());
    });

    it('claims no write', async () => {
      await expect(claim('tune')).rejects.toThrow(lost);
      expect(await store.claimedWrites('chg-1')).toEqual([]);
    });

    it('can neither prolong the lock nor put its own reading beside it', async () => {
      const held = await store.locks();
      await expect(store.refreshLock('chg-1', { leaseSeconds: 9 * LEASE_SECONDS, snapshot: OF_CLASS.D2 })).rejects.toThrow(lost);
      expect(await store.locks()).toEqual(held);
    });

    it('cannot end the change, and leaves its lock alone', async () => {
      await expect(store.complete('chg-1', report('chg-1'), false)).rejects.toThrow(lost);
      expect(await store.get('chg-1')).not.toHaveProperty('report');
      expect(await store.locks()).toMatchObject([{ holder: SUCCESSOR }]);
    });

    it('cannot take the lock back', async () => {
      await expect(store.acquireLock(lockRequest('chg-1', { holder: HOLDER, snapshot: OF_CLASS.D2 }))).rejects.toThrow(lost);
      expect(await store.locks()).toMatchObject([{ holder: SUCCESSOR, snapshot: facts() }]);
    });

    it('cannot take the lock that its change has let go of', async () => {
      await store.clear('chg-1', 'alice');
      await expect(lock()).rejects.toThrow(lost);
      expect(await store.locks()).toEqual([]);
    });

    it('says which run has the change', async () => {
      await expect(claim('tune')).rejects.toThrow(/run 0 of chg-1.*latest run is 1/);
    });
  });

  describe('a run that took over', () => {
    it('prolongs the lock', async () => {
      await lock();
      await store.takeOver('chg-1', takeOver());
      expect(await store.refreshLock('chg-1', { leaseSeconds: 9 * LEASE_SECONDS, run: 1 })).toMatchObject({
        leaseUntil: later(9 * LEASE_SECONDS),
      });
    });

    it('claims writes and ends the change', async () => {
      await lock();
      await store.takeOver('chg-1', takeOver());
      expect(await claim('tune', 1)).toBe(true);
      await store.complete('chg-1', report('chg-1', { outcome: 'rolled-back' }), false, 1);
      expect([await store.locks(), await store.get('chg-1')]).toMatchObject([[], { run: 1, report: { outcome: 'rolled-back' } }]);
    });

    it('claims nothing without the lock', async () => {
      await store.takeOver('chg-1', takeOver());
      await expect(claim('tune', 1)).rejects.toThrow(lost);
    });

    it('can take the lock that the first run never had', async () => {
      await store.takeOver('chg-1', takeOver());
      const taken = await store.acquireLock(lockRequest('chg-1', { holder: SUCCESSOR, run: 1 }));
      expect([await store.locks(), await claim('tune', 1)]).toEqual([[taken], true]);
    });

    it('finds the lock that it has when it asks for it', async () => {
      const held = await lock();
      await store.takeOver('chg-1', takeOver());
      const request = lockRequest('chg-1', { holder: SUCCESSOR, run: 1, snapshot: OF_CLASS.D2 });
      expect(await store.acquireLock(request)).toEqual({ ...held, holder: SUCCESSOR });
    });
  });

  it.each(['acquireLock', 'claimWrite', 'complete'] as const)('refuses %s to a run that does not exist', async (operation) => {
    await lock();
    const work = {
      acquireLock: () => store.acquireLock(lockRequest('chg-1', { run: 1 })),
      claimWrite: () => claim('tune', 1),
      complete: () => store.complete('chg-1', report('chg-1'), false, 1),
    };
    await expect(work[operation]()).rejects.toThrow(lost);
    expect(await store.locks()).toHaveLength(1);
  });

  it('lets every claim come before a take-over, and be found, or not at all', async () => {
    await lock();
    const zombie = bench().another();
    const commands = Array.from({ length: 12 }, (_, index) => `tune ${index}`);
    const claiming = Promise.allSettled(commands.map((command) => zombie.claimWrite('chg-1', 'Tune syncer', command)));
    await bench().another().takeOver('chg-1', takeOver());
    const found = await store.claimedWrites('chg-1');
    const claims = await claiming;
    const claimed = commands.filter((_, index) => claims[index]?.status === 'fulfilled');
    // One whose answer got lost may be found and still be refused: then nobody sends it.
    expect(found.map(({ command }) => command)).toEqual(expect.arrayContaining(claimed));
    expect(await store.claimedWrites('chg-1')).toEqual(found);
  });

  it('ends a change or has it taken over, never both', async () => {
    await lock();
    const [ended, taken] = await Promise.allSettled([
      bench().another().complete('chg-1', report('chg-1'), false),
      bench().another().takeOver('chg-1', takeOver()),
    ]);
    const isTaken = taken.status === 'fulfilled' && taken.value !== undefined;
    expect([ended.status === 'fulfilled', await store.get('chg-1')]).toMatchObject([!isTaken, { run: isTaken ? 1 : 0 }]);
    expect(await store.locks()).toHaveLength(isTaken ? 1 : 0);
  });

  describe('requestCancel', () => {
    const alice = { by: 'alice', via: 'machine', reason: 'wrong database' };

    it('is on record with who asked, where and why', async () => {
      expect(await store.isCancelRequested('chg-1')).toBe(false);
      bench().passes(3);
      await store.requestCancel('chg-1', alice);
      expect(await store.isCancelRequested('chg-1')).toBe(true);
      expect((await store.get('chg-1'))?.timeline).toEqual([{ at: later(3), type: 'cancel-requested', ...alice }]);
    });

    it('counts the first that asks', async () => {
      await store.requestCancel('chg-1', alice);
      await store.requestCancel('chg-1', { by: 'bob', via: 'iam' });
      expect((await store.get('chg-1'))?.timeline).toMatchObject([{ by: 'alice' }]);
    });

    it('counts one of many that ask at once', async () => {
      const stores = Array.from({ length: 6 }, () => bench().another());
      await Promise.all(stores.map((one, index) => one.requestCancel('chg-1', { by: `person ${index}`, via: 'machine' })));
      expect((await store.get('chg-1'))?.timeline).toHaveLength(1);
    });

    it('does nothing to a change that has ended', async () => {
      await store.complete('chg-1', report('chg-1'), false);
      await store.requestCancel('chg-1', alice);
      expect([await store.isCancelRequested('chg-1'), (await store.get('chg-1'))?.timeline]).toEqual([false, []]);
    });

    it('does nothing to a change that was never opened', async () => {
      await store.requestCancel('chg-9', alice);
      expect([await store.isCancelRequested('chg-9'), await store.get('chg-9')]).toEqual([false, undefined]);
    });

    it('stays on record when another run goes on with the change', async () => {
      await store.requestCancel('chg-1', alice);
      await store.takeOver('chg-1', takeOver());
      expect(await store.isCancelRequested('chg-1')).toBe(true);
    });
  });
});
