/** A step whose function dies in the middle is called again, with the very same event. */
import { describe, expect, it } from 'vitest';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

/** What Step Functions makes of a function that died. */
const died = (): Error => Object.assign(new Error('the function died'), { name: 'Lambda.ServiceException' });

describe('F08: a step that dies', () => {
  it.each(['Begin change', 'Rebind policy', 'Tune syncer', 'Verify info', 'Complete change'])(
    'at the end of %s is repeated, and sends no write again',
    async (state) => {
      const lab = new Lab(clusterWith());
      let deaths = 0;
      const report = await lab.run({}, (name, run) => async (event) => {
        const output = await run(event);
        if (name !== state || deaths > 0) return output;
        deaths += 1;
        throw died();
      });
      await expectSafe(lab, report);
      expect(deaths).toBe(1);
      expect(report.outcome, report.error?.message).toBe('applied');
      expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
    },
  );

  it('at the end of the rollback is repeated, and sends no write again', async () => {
    const lab = new Lab(clusterWith());
    lab.cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
    let deaths = 0;
    const report = await lab.run({}, (name, run) => async (event) => {
      const output = await run(event);
      if (name !== 'Restore centralized' || deaths > 0) return output;
      deaths += 1;
      throw died();
    });
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('rolled-back');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
  });

  it.each([
    ['Rebind policy', []],
    ['Tune syncer', [WIDEN]],
  ] as const)('in %s between its claim and its write finds the claim, reads, and sends nothing', async (state, writes) => {
    const lab = new Lab(clusterWith());
    const claim = lab.store.claimWrite.bind(lab.store);
    let deaths = 0;
    lab.store.claimWrite = async (changeId, step, command) => {
      const claimed = await claim(changeId, step, command);
      if (step !== state || deaths > 0) return claimed;
      deaths += 1;
      throw died();
    };
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(deaths).toBe(1);
    expect(report).toMatchObject({ outcome: 'rolled-back', error: { name: 'WriteRejectedError' }, after: { syncerMode: 'centralized' } });
    expect(sent(lab)).toEqual(writes);
  });

  it('for good after a write leaves its lock with the snapshot', async () => {
    const lab = new Lab(clusterWith());
    const report = await lab.run({}, (name, run) => async (event) => {
      if (['Tune syncer', 'Restore centralized'].includes(name)) throw died();
      return run(event);
    });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('needs-operator');
    expect((await lab.lock())?.snapshot).toMatchObject({ syncerMode: 'centralized', endpoints: [{ id: '7:1', policy: 'single' }] });
    expect(sent(lab)).toEqual([WIDEN]);
  });
});
