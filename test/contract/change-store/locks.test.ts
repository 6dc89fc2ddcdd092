import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeStore, LockRequest } from '../../../lambdas/ports/change-store.ts';
import { facts, later, NOW, OF_CLASS, request } from '../../support/facts.ts';
import { database, describeEachStore, HOLDER, LEASE_SECONDS, lockRequest, named, report } from './stores.ts';

describeEachStore('locks', (bench) => {
  let store: ChangeStore;
  beforeEach(() => {
    store = bench().store;
  });
  const passes = (seconds: number) => bench().passes(seconds);
  const openAndLock = async (changeId: string, settings?: Partial<LockRequest>) => {
    await store.open(request({ changeId }), HOLDER);
    return store.acquireLock(lockRequest(changeId, settings));
  };

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
      expect(await store.refreshLock('chg-1', { leaseSeconds: LEASE_SECONDS })).toEqual({ ...lock, leaseUntil: later(60 + LEASE_SECONDS) });
    });

    it('replaces the snapshot when one is given', async () => {
      await openAndLock('chg-1');
      await store.refreshLock('chg-1', { leaseSeconds: LEASE_SECONDS, snapshot: OF_CLASS.C2 });
      expect(await store.locks()).toMatchObject([{ snapshot: OF_CLASS.C2 }]);
    });

    it('fails for a change that has ended with its lock kept for an operator', async () => {
      const lock = await openAndLock('chg-1');
      await store.complete('chg-1', report('chg-1', { outcome: 'needs-operator' }), true);
      await expect(store.refreshLock('chg-1', { leaseSeconds: 9 * LEASE_SECONDS })).rejects.toThrow(named('LockLostError'));
      expect(await store.locks()).toEqual([lock]);
    });

    it('fails for a change without a lock, and touches the lock of nobody else', async () => {
      const lock = await openAndLock('chg-1');
      await expect(store.refreshLock('chg-2', { leaseSeconds: LEASE_SECONDS, snapshot: OF_CLASS.D2 })).rejects.toThrow(
        named('LockLostError'),
      );
      expect(await store.locks()).toEqual([lock]);
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
      await store.open(request(), HOLDER);
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
