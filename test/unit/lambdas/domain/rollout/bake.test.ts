import { describe, expect, it } from 'vitest';
import type { RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { judgeRollout } from '../../../../../lambdas/domain/rollout/judge.ts';
import { later, NOW } from '../../../../support/facts.ts';
import { record, sight, tally, target } from './sights.ts';

const bake = { wave: 1, startedAt: NOW, nextAt: later(200), until: later(600) };
const clusters = ['eu', 'us', 'ap'].map((name, index) => ({ name, item: index + 1 }));

/** A wave that is watched for ten minutes, three samples long, at a moment of it. */
const at = (
  seconds: number,
  members: readonly RolloutTarget[],
  settings: Partial<typeof bake> = {},
  file: Parameters<typeof record>[1] = {},
) =>
  judgeRollout(
    sight({
      record: record({ wave: 1, bake: { ...bake, ...settings } }, { errorBudget: 5, ...file }),
      targets: [...members, target(99, 'waiting', { wave: 2 })],
      clusters,
      now: new Date(later(seconds)),
    }),
  );
const applied = (samples?: RolloutTarget['tally'], settings: Partial<RolloutTarget> = {}) =>
  target(1, 'applied', { ...(samples && { tally: samples }), ...settings });

describe('a wave that was changed', () => {
  it('is watched together with every earlier one, from the first sample on', () => {
    const targets = [applied(tally('good', 9)), target(2, 'applied', { wave: 2 }), target(3, 'rolled-back', { wave: 2 })];
    const judged = judgeRollout(sight({ record: record({ wave: 2, baked: 1 }), targets, clusters }));
    expect(judged.record.bake).toEqual({ wave: 2, startedAt: NOW, nextAt: later(200), until: later(600) });
    expect(judged.targets).toEqual([applied()]);
    expect([judged.move, judged.events]).toEqual([
      { kind: 'wait', until: later(200) },
      [{ type: 'bake-began', wave: 2, until: later(600) }],
    ]);
  });

  it('of which nothing was applied is not watched', () => {
    const targets = [target(1, 'refused'), target(2, 'waiting', { wave: 2 })];
    expect(judgeRollout(sight({ record: record({ wave: 1 }), targets })).move).toMatchObject({ kind: 'change', wave: 2 });
  });

  it('is sampled at once where no time is given for it', () => {
    const standing = record({ wave: 1 }, { bake: { seconds: 0, samples: 1 } });
    expect(judgeRollout(sight({ record: standing, targets: [applied()] })).move).toMatchObject({ kind: 'check', items: [1] });
  });
});

describe('a sample that is due', () => {
  it('is taken of the clusters that have members, and the next one is due as long after it as before', () => {
    const members = [applied(), target(2, 'applied', { cluster: 'ap' }), target(3, 'unchanged', { cluster: 'us' })];
    const judged = at(230, members);
    expect(judged.move).toMatchObject({ kind: 'check', items: [1, 3] });
    expect(judged.record.bake?.nextAt).toBe(later(430));
  });

  it('comes soon after one that was not good', () => {
    expect(at(210, [applied(tally('bad', 1))], { nextAt: later(400) }).move).toEqual({ kind: 'wait', until: later(240) });
    expect(at(210, [applied(tally('good', 1))], { nextAt: later(400) }).move).toEqual({ kind: 'wait', until: later(400) });
  });
});

describe('the end of a bake', () => {
  const good = applied(tally('good', 3));

  it('comes when its time is over and every member has enough good samples in a row', () => {
    const judged = at(600, [good]);
    expect(judged.record).toMatchObject({ baked: 1, wave: 2 });
    expect(judged.record.bake).toBeUndefined();
    expect(judged.events).toContainEqual({ type: 'wave-passed', wave: 1 });
  });

  it.each([
    ['its time is not over', 599, good],
    ['a member has too few good samples', 600, applied(tally('good', 2))],
    ['a member has none at all', 600, applied()],
    ['the latest sample of a member was not good', 600, applied(tally('unhealthy', 1, { taken: 9 }))],
  ])('does not come while %s', (_why, seconds, member) => {
    const judged = at(seconds, [member]);
    expect([judged.record.baked, judged.record.wave]).toEqual([0, 1]);
  });
});

describe('a member', () => {
  it.each([
    ['is bad twice in a row', tally('bad', 2), 'to-undo', 'VerificationFailedError while it was watched: it is bad'],
    ['was changed by somebody else', tally('foreign', 2), 'needs-operator', 'ForeignChangeError while it was watched: it is foreign'],
    ['has lost a node', tally('degraded', 2), 'needs-operator', 'ClusterDegradedError while it was watched: it is degraded'],
  ])('that %s goes back, or is left to somebody where undoing is a risk of its own', (_what, samples, state, says) => {
    const judged = at(250, [applied(samples)]);
    expect(judged.targets).toMatchObject([{ position: 1, state, says, failed: true }]);
    expect(judged.events).toContainEqual({ type: 'target', position: 1, state, says });
  });

  it('that goes back does so before the next wave begins', () => {
    expect(at(600, [applied(tally('bad', 2))]).move).toEqual({ kind: 'undo', wave: 1, items: [1], atOnce: 10 });
  });

  it('counts against the budget when it degrades', () => {
    const judged = at(250, [applied(tally('bad', 2))], {}, { errorBudget: 0, onStop: 'stop' });
    expect(judged.record.stop).toMatchObject({ cause: 'failures', action: 'stop' });
    expect(judged.move.kind).toBe('undo');
  });

  it('that was bad once is looked at again, and nothing is concluded', () => {
    expect(at(250, [applied(tally('bad', 1))]).targets).toEqual([]);
  });

  it('of which no sample can be taken at all is left to somebody, after ten minutes more than the bake', () => {
    expect(at(1_199, [applied()]).targets).toEqual([]);
    expect(at(1_200, [applied()]).targets).toMatchObject([{ state: 'needs-operator', failed: true }]);
  });

  it('is judged after five hundred samples as after five: a long bake has any number of them', () => {
    const week = { bake: { seconds: 604_800, samples: 3 } };
    const blip = tally('unhealthy', 1, { taken: 501 });
    expect(at(86_400, [applied(blip)], { until: later(604_800) }, week).targets).toEqual([]);
    expect(
      at(
        86_400,
        [applied(tally('unmeasured', 1, { taken: 501, streak: { state: 'unmeasured', length: 1, since: later(86_399) } }))],
        { until: later(604_800) },
        week,
      ).targets,
    ).toEqual([]);
  });
});
