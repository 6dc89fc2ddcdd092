import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import recovery from '../../lib/local/definitions/recover-change.asl.json' with { type: 'json' };
import { type LocalRecovery, recoverLocally } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { CHANGE_ID, Lab, sent } from '../support/lab.ts';

const none = Object.fromEntries(Object.keys(recovery.States).map((state) => [state, 0]));
const FIRST = { description: 'process 1 on pod-0', host: 'pod-0', pid: 1, born: '1 boot-a pod' };

/** A lab whose change died after it had distributed the database, before that was verified. */
async function diedDistributed(): Promise<Lab> {
  const lab = new Lab(clusterWith());
  const dead = new Promise<void>((died) => {
    const run = lab.run({}, (state, step) => (state === 'Verify info' ? () => new Promise<never>(() => died()) : step));
    run.catch(() => {});
  });
  await dead;
  expect(lab.database.syncerMode).toBe('distributed');
  return lab;
}

const recover = (lab: Lab, run: Partial<LocalRecovery> = {}, holder = FIRST) =>
  recoverLocally({
    changeId: CHANGE_ID,
    deadRun: 0,
    ports: { ...lab.ports(), holder },
    why: 'its process died',
    overrides: { waitTimeOverrides: none, retryIntervalOverrides: none },
    ...run,
    intercept: (state, step) => {
      const pausing: typeof step = async (event) => {
        if (state.startsWith('Verify')) lab.clock.advance(10);
        return step(event);
      };
      return run.intercept ? run.intercept(state, pausing) : pausing;
    },
  });

const failing =
  (state: string): NonNullable<LocalRecovery['intercept']> =>
  (name, step) =>
    name === state ? () => Promise.reject(new TypeError('it broke')) : step;

describe('a recovery that fails itself', () => {
  it.each(['Recover change', 'Complete change'])(
    'at %s asks for an operator, and never passes for one that found nothing',
    async (state) => {
      const lab = await diedDistributed();
      const { report } = await recover(lab, { intercept: failing(state) });
      expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: OUTCOMES['needs-operator'].executionError } });
      expect((await lab.lock())?.changeId).toBe(CHANGE_ID);
    },
  );
});

describe('a recovery in a container that is called as the dead one was', () => {
  it('is another one, and recovers what that left', async () => {
    const died = await diedDistributed();
    await died.store.takeOver(CHANGE_ID, { from: 0, holder: FIRST, leaseSeconds: 4500, why: 'its process died' });
    const again = await recover(died, { deadRun: 1 }, { ...FIRST, born: '2 boot-b pod' });
    expect(again.report?.outcome).toBe('rolled-back');
    expect(died.database.syncerMode).toBe('centralized');
  });
});

describe('a recovery of a run that somebody took over since it was found dead', () => {
  it('leaves the change to them', async () => {
    const lab = await diedDistributed();
    await lab.store.takeOver(CHANGE_ID, {
      from: 0,
      holder: { description: 'somebody else', host: 'here' },
      leaseSeconds: 4500,
      why: 'died',
    });
    const writes = sent(lab);
    const { report, says } = await recover(lab, { deadRun: 0 });
    expect([report, says]).toEqual([undefined, 'somebody else has taken it over since it was found dead']);
    expect(sent(lab)).toEqual(writes);
    expect((await lab.store.get(CHANGE_ID))?.run).toBe(1);
  });
});
