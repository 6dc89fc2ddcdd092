import { beforeEach, describe, expect, it } from 'vitest';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { gate, opened } from './rollouts.ts';
import { atOnce, describeEachStore } from './stores.ts';

const ORDERS = { cluster: 'eu-west', id: 'db:7' } as const;

describeEachStore('claims and gates', (bench) => {
  let store: RolloutStore;
  beforeEach(() => {
    store = bench().store;
  });

  describe('claim', () => {
    it('gives a database to the first rollout that claims it, and to that one again', async () => {
      expect(await store.claim(ORDERS, 'rol-1')).toBe('rol-1');
      expect(await bench().another().claim(ORDERS, 'rol-2')).toBe('rol-1');
      expect(await bench().another().claim(ORDERS, 'rol-1')).toBe('rol-1');
    });

    it('tells databases and clusters apart', async () => {
      await store.claim(ORDERS, 'rol-1');
      expect(await store.claim({ ...ORDERS, id: 'db:70' }, 'rol-2')).toBe('rol-2');
      expect(await store.claim({ ...ORDERS, cluster: 'eu' }, 'rol-2')).toBe('rol-2');
    });

    it('gives it to another rollout that takes it over from its owner', async () => {
      await store.claim(ORDERS, 'rol-1');
      expect(await store.claim(ORDERS, 'rol-2', 'rol-1')).toBe('rol-2');
      expect([await store.claim(ORDERS, 'rol-2'), await store.claim(ORDERS, 'rol-1')]).toEqual(['rol-2', 'rol-2']);
    });

    it('lets nobody take it over from one that is not its owner', async () => {
      await store.claim(ORDERS, 'rol-1');
      await store.claim(ORDERS, 'rol-2', 'rol-1');
      expect([await store.claim(ORDERS, 'rol-3', 'rol-1'), await store.claim(ORDERS, 'rol-2')]).toEqual(['rol-2', 'rol-2']);
    });

    it('stays what it is when its owner claims it once more from the one before', async () => {
      await store.claim(ORDERS, 'rol-1');
      await store.claim(ORDERS, 'rol-2', 'rol-1');
      expect(await store.claim(ORDERS, 'rol-2', 'rol-1')).toBe('rol-2');
    });

    it('gives a free database to one that wanted to take it over', async () => {
      expect(await store.claim(ORDERS, 'rol-2', 'rol-1')).toBe('rol-2');
    });

    it.each([undefined, 'rol-0'])(
      'gives it to exactly one of several that claim it at once (from %s), and tells all of them',
      async (from) => {
        if (from) await store.claim(ORDERS, from);
        const owners = await atOnce(5, (index) =>
          bench()
            .another()
            .claim(ORDERS, `rol-${index + 1}`, from),
        );
        expect(new Set(owners)).toEqual(new Set([await store.claim(ORDERS, 'rol-9')]));
        expect(owners[0]).not.toBe('rol-0');
      },
    );
  });

  describe('saveGate', () => {
    it('gives a gate back as it was written', async () => {
      expect(await store.gate('rol-1', 1)).toBeUndefined();
      for (const revision of [1, 2, 3]) {
        expect(await store.saveGate('rol-1', 1, gate(revision))).toBe(true);
        expect(await bench().another().gate('rol-1', 1)).toEqual(gate(revision));
      }
    });

    it('keeps the gates of waves and rollouts apart', async () => {
      const places = [
        ['rol-1', 1],
        ['rol-1', 10],
        ['rol-10', 1],
      ] as const;
      for (const [index, [rolloutId, wave]] of places.entries())
        for (let revision = 1; revision <= index + 1; revision += 1) await store.saveGate(rolloutId, wave, gate(revision));
      const gates = await Promise.all(places.map(([rolloutId, wave]) => store.gate(rolloutId, wave)));
      expect(gates).toEqual([gate(1), gate(2), gate(3)]);
    });

    it('begins with revision 1 and with no other', async () => {
      expect([await store.saveGate('rol-1', 1, gate(2)), await store.gate('rol-1', 1)]).toEqual([false, undefined]);
    });

    it.each([1, 2, 4])('refuses revision %i on top of revision 2, and keeps what it has', async (revision) => {
      await store.saveGate('rol-1', 1, gate(1));
      await store.saveGate('rol-1', 1, gate(2));
      const other = { ...gate(revision, 'carol'), status: 'rejected' as const };
      expect([await store.saveGate('rol-1', 1, other), await store.gate('rol-1', 1)]).toEqual([false, gate(2)]);
    });

    it('lets exactly one of two that decide at once have it, each time', async () => {
      await store.saveGate('rol-1', 1, gate(1));
      for (const revision of [2, 3, 4, 5]) {
        const gates = ['bob', 'carol'].map((by) => gate(revision, by));
        const saves = await Promise.all(gates.map((each) => bench().another().saveGate('rol-1', 1, each)));
        expect(saves.toSorted()).toEqual([false, true]);
        expect(await store.gate('rol-1', 1)).toEqual(gates[saves.indexOf(true)]);
      }
    });

    it('counts a write that is repeated as written', async () => {
      expect([await store.saveGate('rol-1', 1, gate(1)), await bench().another().saveGate('rol-1', 1, gate(1))]).toEqual([true, true]);
    });

    it('leaves the record as it is', async () => {
      const record = await opened(store);
      await store.saveGate('rol-1', 1, gate(1));
      expect(await store.get('rol-1')).toEqual(record);
    });
  });

  describe('keepToken', () => {
    it('gives back the latest token of a rollout', async () => {
      expect(await store.tokenOf('rol-1')).toBeUndefined();
      await store.keepToken('rol-1', 'a token');
      await store.keepToken('rol-1', 'another token');
      await store.keepToken('rol-10', 'a third');
      expect([await bench().another().tokenOf('rol-1'), await store.tokenOf('rol-10')]).toEqual(['another token', 'a third']);
    });

    it('keeps it out of everything else', async () => {
      await opened(store);
      await store.keepToken('rol-1', 'a-secret-token');
      await store.saveGate('rol-1', 1, gate(1));
      const told = [await store.get('rol-1'), await store.list(9), await store.events('rol-1'), await store.gate('rol-1', 1)];
      expect(JSON.stringify(told)).not.toContain('a-secret-token');
    });
  });
});
