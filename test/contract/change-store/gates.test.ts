import { beforeEach, describe, expect, it } from 'vitest';
import type { Gate } from '../../../lambdas/contracts/approval.ts';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { later, NOW, request } from '../../support/facts.ts';
import { describeEachStore, HOLDER, lockRequest, report, takeOver } from './stores.ts';

const gate = (settings: Partial<Gate> = {}): Gate => ({
  revision: 1,
  request: {
    changeId: 'chg-1',
    target: { cluster: 'lab', database: 'orders', id: 'db:7' },
    plan: { hash: 'a plan', steps: [{ name: 'Tune syncer', command: 'tune' }], clientImpact: ['ünï "quoted"'], warnings: [], blockers: [] },
    before: { syncerMode: 'centralized', effectiveMode: 'centralized', class: 'C1', endpoints: [] },
    expected: { syncerMode: 'distributed', endpoints: [] },
    approvals: 2,
    requestedAt: NOW,
    expiresAt: later(3600),
  },
  decisions: [],
  status: 'waiting',
  ...settings,
});
const approvedBy = (by: string, settings: Partial<Gate> = {}): Gate =>
  gate({ revision: 2, decisions: [{ by, via: 'machine', verdict: 'approve', planHash: 'a plan', at: later(60) }], ...settings });

describeEachStore('gates', (bench) => {
  let store: ChangeStore;
  beforeEach(async () => {
    store = bench().store;
    await store.open(request(), HOLDER);
  });

  describe('saveGate', () => {
    it('is given back as it was written', async () => {
      expect(await store.saveGate('chg-1', gate())).toBe(true);
      expect(await store.gate('chg-1')).toEqual(gate());
    });

    it('knows no gate of a change without one, or of none', async () => {
      expect([await store.gate('chg-1'), await store.gate('chg-9')]).toEqual([undefined, undefined]);
    });

    it('takes the next revision', async () => {
      await store.saveGate('chg-1', gate());
      expect(await store.saveGate('chg-1', approvedBy('alice'))).toBe(true);
      expect(await store.saveGate('chg-1', approvedBy('alice', { revision: 3, status: 'approved' }))).toBe(true);
      expect(await store.gate('chg-1')).toMatchObject({ revision: 3, status: 'approved' });
    });

    it.each([0, 1, 3])('refuses revision %i after the first', async (revision) => {
      await store.saveGate('chg-1', gate());
      expect(await store.saveGate('chg-1', approvedBy('alice', { revision }))).toBe(false);
      expect(await store.gate('chg-1')).toEqual(gate());
    });

    it('refuses a second revision without a first, and a gate of no change', async () => {
      expect([await store.saveGate('chg-1', approvedBy('alice')), await store.saveGate('chg-9', gate())]).toEqual([false, false]);
      expect([await store.gate('chg-1'), await store.get('chg-9')]).toEqual([undefined, undefined]);
    });

    it('confirms a gate that stands already just as it is', async () => {
      await store.saveGate('chg-1', gate());
      expect([await store.saveGate('chg-1', gate()), await store.gate('chg-1')]).toEqual([true, gate()]);
    });

    it('counts one of many that decide at once, and loses no decision when the others try again', async () => {
      await store.saveGate('chg-1', gate());
      const people = ['alice', 'bob', 'carol', 'dave'];
      const decide = async (by: string) => {
        const own = bench().another();
        for (let refused = 0; ; refused += 1) {
          const read = (await own.gate('chg-1')) ?? gate();
          const decisions = [...read.decisions, ...approvedBy(by).decisions];
          if (await own.saveGate('chg-1', { ...read, revision: read.revision + 1, decisions })) return refused;
        }
      };
      await Promise.all(people.map(decide));
      const decided = await store.gate('chg-1');
      expect([decided?.revision, decided?.decisions.map(({ by }) => by).toSorted()]).toEqual([5, people]);
    });

    it('is no part of a record, a list or a timeline', async () => {
      await store.saveGate('chg-1', gate());
      expect(await store.get('chg-1')).toEqual({
        changeId: 'chg-1',
        request: request(),
        startedAt: NOW,
        holder: HOLDER,
        run: 0,
        timeline: [],
      });
      expect(JSON.stringify(await store.list(1))).not.toContain('a plan');
    });

    it('stays when another run goes on with the change', async () => {
      await store.saveGate('chg-1', gate());
      await store.takeOver('chg-1', takeOver());
      expect([await store.gate('chg-1'), await store.saveGate('chg-1', approvedBy('alice'))]).toEqual([gate(), true]);
    });
  });

  describe('the end of a change', () => {
    it('closes a gate that waits', async () => {
      await store.saveGate('chg-1', gate());
      await store.complete('chg-1', report('chg-1', { outcome: 'expired' }), false);
      expect(await store.gate('chg-1')).toEqual(gate({ status: 'closed' }));
    });

    it.each(['approved', 'rejected'] as const)('leaves a gate %s', async (status) => {
      await store.saveGate('chg-1', gate());
      await store.saveGate('chg-1', approvedBy('alice', { status }));
      await store.complete('chg-1', report('chg-1'), false);
      expect(await store.gate('chg-1')).toMatchObject({ status });
    });

    it.each(['waiting', 'approved', 'rejected'] as const)('lets nobody write a gate any more that was %s', async (status) => {
      await store.saveGate('chg-1', gate({ status }));
      await store.complete('chg-1', report('chg-1'), false);
      expect(await store.saveGate('chg-1', approvedBy('mallory'))).toBe(false);
      expect((await store.gate('chg-1'))?.decisions).toEqual([]);
    });

    it('lets nobody write a first gate', async () => {
      await store.complete('chg-1', report('chg-1'), false);
      expect([await store.saveGate('chg-1', gate()), await store.gate('chg-1')]).toEqual([false, undefined]);
    });

    it('leaves the gate open when a run fails to end the change that was taken over', async () => {
      await store.saveGate('chg-1', gate());
      await store.takeOver('chg-1', takeOver());
      await store.complete('chg-1', report('chg-1'), false).catch(() => {});
      expect(await store.gate('chg-1')).toEqual(gate());
    });

    it('comes before a decision or after it', async () => {
      await store.saveGate('chg-1', gate());
      const [decided] = await Promise.all([
        bench().another().saveGate('chg-1', approvedBy('alice')),
        bench().another().complete('chg-1', report('chg-1'), false),
      ]);
      expect(await store.gate('chg-1')).toMatchObject({ status: 'closed', decisions: decided ? [{ by: 'alice' }] : [] });
    });
  });

  describe('a token', () => {
    const TOKEN = 'AQCEAAAAKgAAAAMAAAAA-token';

    it('comes back to whoever asks for it', async () => {
      await store.keepToken('chg-1', TOKEN);
      expect([await store.tokenOf('chg-1'), await store.tokenOf('chg-2')]).toEqual([TOKEN, undefined]);
    });

    it('is replaced by a later one', async () => {
      await store.keepToken('chg-1', 'an older one');
      await store.keepToken('chg-1', TOKEN);
      expect(await store.tokenOf('chg-1')).toBe(TOKEN);
    });

    it('shows nowhere else, and in no refusal', async () => {
      await store.acquireLock(lockRequest('chg-1'));
      await store.saveGate('chg-1', gate());
      await store.keepToken('chg-1', TOKEN);
      await store.requestCancel('chg-1', { by: 'alice', via: 'machine' });
      const taken = await store.takeOver('chg-1', takeOver());
      const refused = await store.claimWrite('chg-1', 'Tune syncer', 'tune').catch((error: Error) => error.message);
      const seen = [taken, refused, await store.gate('chg-1'), await store.get('chg-1'), await store.list(10), await store.locks()];
      const cleared = await store.clear('chg-1', 'alice');
      expect(JSON.stringify([...seen, cleared])).not.toContain(TOKEN);
    });
  });
});
