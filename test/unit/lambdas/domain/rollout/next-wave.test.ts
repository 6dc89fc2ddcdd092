import { describe, expect, it } from 'vitest';
import type { RolloutFileInput } from '../../../../../lambdas/contracts/rollout-file.ts';
import { judgeRollout } from '../../../../../lambdas/domain/rollout/judge.ts';
import { gatedWaves, waveToCome } from '../../../../../lambdas/domain/rollout/next-wave.ts';
import type { Sight } from '../../../../../lambdas/domain/rollout/sight.ts';
import { later, NOW } from '../../../../support/facts.ts';
import { file } from './candidates.ts';
import { closedWindow, gate, HASH, missedWindow, openWindow, plan, record, sight, target } from './sights.ts';

const asking = record({ plan: plan({ approve: ['rollout'] }) });
const first = (settings: Partial<Sight> = {}) => judgeRollout(sight({ record: asking, targets: [target(1)], ...settings }));

describe('the wave to come', () => {
  it('is the first behind the present one of which something waits', () => {
    const targets = [
      target(1, 'waiting', { wave: 1 }),
      target(2, 'refused', { wave: 2 }),
      target(3, 'waiting', { wave: 4 }),
      target(4, 'waiting', { wave: 3 }),
    ];
    expect([0, 1, 3, 4].map((wave) => waveToCome(targets, { wave }))).toEqual([1, 3, 4, undefined]);
  });
});

describe('people are asked', () => {
  const waves = plan().waves;
  it.each([
    [[], {}, []],
    [['rollout'], {}, [1]],
    [['after-canary'], {}, [2]],
    [['after-canary'], { canary: 0 }, []],
    [['after-canary'], { canary: '0%' }, []],
    [['rollout', 'after-canary'], {}, [1, 2]],
    [['each-wave'], { canary: 0 }, [1, 2, 3]],
  ] as [('rollout' | 'after-canary' | 'each-wave')[], RolloutFileInput['waves'], number[]][])(
    'at %j with waves %j before %j',
    (approve, settings, gated) => {
      expect(gatedWaves({ approve, waves }, file({ waves: settings }))).toEqual(gated);
    },
  );
});

describe('a gate', () => {
  it('that is approved lets its wave begin', () => {
    expect(first({ gate: gate('approved') })).toMatchObject({ move: { kind: 'change', wave: 1 }, record: { wave: 1 } });
  });

  it.each([
    ['was never opened', undefined, 86_400],
    ['waits', gate('waiting'), 3_600],
    ['was closed when the rollout ended', gate('closed'), 86_400],
    ['was approved for another plan', gate('approved', { plan: plan({ hash: 'b'.repeat(64) }) }), 86_400],
    ['was rejected for another plan', gate('rejected', { plan: plan({ hash: 'b'.repeat(64) }) }), 86_400],
  ])('that %s has people asked for as long as is left', (_what, standing, timeoutSeconds) => {
    const judged = first({ gate: standing });
    expect([judged.move, judged.record.wave]).toEqual([{ kind: 'approve', wave: 1, timeoutSeconds }, 0]);
  });

  it.each([
    ['rejected', gate('rejected'), 'rejected', 'bob rejected the plan: not today', 'undo-wave'],
    ['expired', gate('waiting', { expiresAt: NOW }), 'expired', `nobody who may approve did so until ${NOW}`, 'stop'],
    ['expired', gate('approved', { expiresAt: NOW }), 'expired', `the approval could be used until ${NOW}`, 'stop'],
  ])('that is %s stops the rollout with nothing begun', (outcome, standing, cause, says, action) => {
    const judged = first({ gate: standing });
    expect(judged.record).toMatchObject({ wave: 0, stop: { cause, says, action } });
    expect(judged.move).toEqual({ kind: 'end', outcome, says });
  });

  it('is not asked about again for a wave that has begun', () => {
    const judged = judgeRollout(sight({ record: { ...asking, wave: 1 }, targets: [target(1)], gate: undefined }));
    expect(judged.move).toMatchObject({ kind: 'change', wave: 1 });
  });

  it('is for a plan of this hash', () => {
    expect(gate('approved').request.plan.hash).toBe(HASH);
  });
});

describe('a window', () => {
  it('that is open lets a wave begin', () => {
    expect(first({ gate: gate('approved'), window: openWindow }).move.kind).toBe('change');
  });

  it('that opens later is waited for, in sleeps that are short enough to hear what is asked for', () => {
    expect(first({ gate: gate('approved'), window: closedWindow }).move).toEqual({ kind: 'wait', until: later(300) });
    expect(first({ gate: gate('approved'), window: { ...closedWindow, until: later(9_999) } }).move).toEqual({
      kind: 'wait',
      until: later(600),
    });
  });

  it('that closes in the middle of a wave keeps the rest of it from beginning', () => {
    const targets = [target(1, 'applied'), target(2, 'waiting')];
    expect(judgeRollout(sight({ record: record({ wave: 1 }), targets, window: closedWindow })).move.kind).toBe('wait');
  });

  it('that is over stops the rollout, and what is applied is kept', () => {
    const targets = [target(1, 'applied'), target(2, 'waiting')];
    const judged = judgeRollout(sight({ record: record({ wave: 1 }, { onStop: 'undo-all' }), targets, window: missedWindow }));
    expect(judged).toMatchObject({ move: { kind: 'end', outcome: 'incomplete' }, record: { stop: { cause: 'window', action: 'stop' } } });
    expect(judged.targets).toEqual([]);
  });

  it('that is over before anything began says so', () => {
    expect(first({ gate: gate('approved'), window: missedWindow }).move).toMatchObject({ outcome: 'window-missed' });
  });
});

describe('a reason to stop', () => {
  const failed = (position: number) => target(position, 'rolled-back', { failed: true });
  it.each([
    [0, [failed(1)], '1 of 2 targets failed, and the error budget is 0: eu/n1 (rolled-back)'],
    [
      3,
      [failed(1), failed(2), failed(3), failed(4)],
      '4 of 5 targets failed, and the error budget is 3: eu/n1 (rolled-back), eu/n2 (rolled-back), eu/n3 (rolled-back) and 1 more',
    ],
  ])('is one failure more than a budget of %i', (errorBudget, targets, says) => {
    const judged = judgeRollout(sight({ record: record({ wave: 1 }, { errorBudget }), targets: [...targets, target(9)] }));
    expect(judged.record.stop).toMatchObject({ cause: 'failures', says, action: 'undo-wave' });
    const within = judgeRollout(sight({ record: record({ wave: 1 }, { errorBudget }), targets: [...targets.slice(1), target(9)] }));
    expect(within.record.stop).toBeUndefined();
  });

  it('is a drifted target where the file says so, and none where it does not', () => {
    const at = (onDrift: 'stop' | 'set-aside') =>
      judgeRollout(sight({ record: record({ wave: 1 }, { onDrift }), targets: [target(1, 'drifted'), target(2)] }));
    expect(at('stop').record.stop).toMatchObject({ cause: 'drift', says: 'no longer as planned: eu/n1 (drifted)' });
    expect(at('set-aside').record.stop).toBeUndefined();
  });

  it('is an alarm, also before anything began', () => {
    expect(first({ gate: gate('approved'), alarm: 'alarm lag is raised' }).move).toEqual({
      kind: 'end',
      outcome: 'refused',
      says: 'alarm lag is raised',
    });
  });
});
