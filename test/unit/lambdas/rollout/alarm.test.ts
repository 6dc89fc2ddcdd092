import { describe, expect, it } from 'vitest';
import { alarmOf } from '../../../../lambdas/rollout/alarm.ts';
import { RaisedByHand } from '../../../support/rollout-stores.ts';

describe('the alarms of a rollout', () => {
  it('are not looked at where it names none', async () => {
    const alarms = new RaisedByHand();
    alarms.silent = true;
    expect([await alarmOf([], alarms), alarms.looks]).toEqual([undefined, 0]);
  });

  it.each([
    [[], undefined],
    [['lag'], 'alarm lag is raised'],
    [['lag', 'errors'], 'alarms lag, errors are raised'],
  ])('say which of them are raised: %j', async (ringing, says) => {
    const alarms = new RaisedByHand();
    for (const name of ringing) alarms.ringing.add(name);
    expect(await alarmOf(['lag', 'quiet', 'errors'], alarms)).toBe(says);
  });

  it('that cannot be read are not quiet', async () => {
    const alarms = new RaisedByHand();
    alarms.silent = true;
    expect(await alarmOf(['lag'], alarms)).toBe('the alarms cannot be read: the alarms cannot be read');
  });

  it('leave a fault of ours a fault', async () => {
    const broken = { raised: () => Promise.reject(new TypeError('undefined')) };
    await expect(alarmOf(['lag'], broken)).rejects.toThrow(TypeError);
  });
});
