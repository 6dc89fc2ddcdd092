import { describe, expect, it } from 'vitest';
import type { Gate, Identity } from '../../lambdas/contracts/approval.ts';
import { decide } from '../../lambdas/gates/decide.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { CHANGE_ID, Lab } from '../support/lab.ts';

const BOB: Identity = { id: 'bob', via: 'slack' };
const GATED = { requestedBy: 'alice', approval: { required: true } };

const approve = (lab: Lab, { request }: Gate, identity: Identity, ask?: string) =>
  decide(lab.ports(), {
    changeId: CHANGE_ID,
    identity,
    verdict: 'approve',
    planHash: request.plan.hash,
    ...(ask !== undefined && { ask }),
  });
const decisionsOn = async (lab: Lab) =>
  ((await lab.store.get(CHANGE_ID))?.timeline ?? []).flatMap((event) =>
    event.type === 'decision' ? [{ by: event.by, counts: event.refused === undefined }] : [],
  );

/** The same store, but the first call of one of its methods fails. */
function failingOnce<Store extends object>(store: Store, method: keyof Store): Store {
  let left = 1;
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...words: unknown[]): Promise<unknown> => {
        if (name === method && left > 0) {
          left -= 1;
          throw new Error('throttled');
        }
        return value.apply(target, words) as unknown;
      };
    },
  });
}

describe('a decision that is delivered again', () => {
  it.each(['append', 'tokenOf'] as const)(
    'after %s failed is the one that counted: recorded once, and answered as it was',
    async (method) => {
      const lab = new Lab(clusterWith());
      const woken: string[] = [];
      const waiting = { wake: async (token: string) => woken.push(token) > 0, stop: async () => {} };
      let answers: unknown[] = [];
      const report = await lab.run(GATED, undefined, CHANGE_ID, async (gate) => {
        const store = failingOnce(lab.store, method);
        await lab.store.keepToken(CHANGE_ID, 'token');
        const ask = { changeId: CHANGE_ID, identity: BOB, verdict: 'approve', planHash: gate.request.plan.hash, ask: 'press-1' } as const;
        const once = () => decide({ ...lab.ports(), store, waiting }, ask).catch(({ message }: Error) => message);
        answers = [await once(), await once(), await once()];
      });
      expect(report.outcome).toBe('applied');
      expect(answers).toEqual(['throttled', expect.objectContaining({ accepted: true }), expect.objectContaining({ accepted: true })]);
      expect(await decisionsOn(lab)).toEqual([{ by: 'bob', counts: true }]);
      expect(woken).toContain('token');
    },
  );

  it('after the change has ended is still the one that counted', async () => {
    const lab = new Lab(clusterWith());
    let seen: Gate | undefined;
    await lab.run(GATED, undefined, CHANGE_ID, async (gate) => {
      seen = gate;
      await approve(lab, gate, BOB, 'press-1');
    });
    if (!seen) throw new Error('nobody was asked');
    expect(await approve(lab, seen, BOB, 'press-1')).toMatchObject({ accepted: true });
    expect(await approve(lab, seen, BOB, 'press-2')).toEqual({ accepted: false, says: `change ${CHANGE_ID} has ended: applied` });
    expect(await decisionsOn(lab)).toEqual([
      { by: 'bob', counts: true },
      { by: 'bob', counts: false },
    ]);
  });
});

describe('a decision that does not count', () => {
  it('is recorded once however often it is pressed in chat, and each time it is said on the command line', async () => {
    const lab = new Lab(clusterWith());
    await lab.run(GATED, undefined, CHANGE_ID, async (gate) => {
      for (let press = 1; press <= 5; press += 1) await approve(lab, gate, { id: 'alice', via: 'slack' }, `press-${press}`);
      for (let times = 1; times <= 2; times += 1) await approve(lab, gate, { id: 'alice', via: 'machine' });
      await approve(lab, gate, { id: 'bob', via: 'machine' });
    });
    expect(await decisionsOn(lab)).toEqual([
      ...Array.from({ length: 3 }, () => ({ by: 'alice', counts: false })),
      { by: 'bob', counts: true },
    ]);
  });
});
