import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeStore, LockRequest } from '../../../lambdas/ports/change-store.ts';
import { facts, later, NOW, request } from '../../support/facts.ts';
import { describeEachStore, HOLDER, LEASE_SECONDS, lockRequest, named, report } from './stores.ts';

describeEachStore('writes and the end', (bench) => {
  let store: ChangeStore;
  beforeEach(() => {
    store = bench().store;
  });
  const passes = (seconds: number) => bench().passes(seconds);
  const openAndLock = async (changeId: string, settings?: Partial<LockRequest>) => {
    await store.open(request({ changeId }), HOLDER);
    return store.acquireLock(lockRequest(changeId, settings));
  };

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
      await store.open(request(), HOLDER);
      await expect(store.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(named('LockLostError'));
      expect(await store.claimedWrites('chg-1')).toEqual([]);
    });

    it('fails while another change has the lock', async () => {
      await openAndLock('chg-1');
      await store.open(request({ changeId: 'chg-2' }), HOLDER);
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
      await store.open(request({ changeId: 'chg-2' }), HOLDER);
      await store.complete('chg-2', report('chg-2', { outcome: 'refused' }), false);
      expect(await store.locks()).toEqual([lock]);
    });

    it('needs no lock', async () => {
      await store.open(request(), HOLDER);
      await store.complete('chg-1', report('chg-1', { outcome: 'planned' }), false);
      expect(await store.get('chg-1')).toMatchObject({ report: { outcome: 'planned' } });
    });

    it.each([true, false])('lets a step that wakes up later take no lock (lock kept: %s)', async (keepLock) => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1'), keepLock);
      const locks = await store.locks();
      await expect(store.acquireLock(lockRequest('chg-1'))).rejects.toThrow(named('LockLostError'));
      expect(await store.locks()).toEqual(locks);
    });

    it('lets a step that wakes up later claim no write, even while the lock is kept', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
      await expect(store.claimWrite('chg-1', 'Tune syncer', 'tune')).rejects.toThrow(named('LockLostError'));
      expect(await store.claimedWrites('chg-1')).toEqual([]);
    });

    it('brings no lock back that a late step prolongs', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1'), false);
      await expect(store.refreshLock('chg-1', { leaseSeconds: LEASE_SECONDS, snapshot: facts() })).rejects.toThrow(named('LockLostError'));
      expect(await store.locks()).toEqual([]);
    });

    it('is nothing to a change that was never opened', async () => {
      await store.complete('chg-1', report('chg-1', { outcome: 'refused' }), false);
      expect([await store.get('chg-1'), await store.list(1)]).toEqual([undefined, []]);
    });

    it('may be repeated', async () => {
      await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1'), false);
      await store.complete('chg-1', report('chg-1'), false);
      expect(await store.get('chg-1')).toMatchObject({ report: report('chg-1') });
    });
  });
});
