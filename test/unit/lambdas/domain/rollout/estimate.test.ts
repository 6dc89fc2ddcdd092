import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Verification } from '../../../../../lambdas/contracts/request.ts';
import type { RolloutFileInput } from '../../../../../lambdas/contracts/rollout-file.ts';
import { changeSeconds, expectedCost, expectedSeconds, plannedWaves } from '../../../../../lambdas/domain/rollout/estimate.ts';
import { placeInWaves } from '../../../../../lambdas/domain/rollout/waves.ts';
import { anyCandidates, anySettings, candidate, file } from './candidates.ts';

const verification = Verification.parse({ settleSeconds: 10, samples: 6, intervalSeconds: 10 });
const CHANGE_SECONDS = 75;

const planned = (clusters: string, settings: Partial<RolloutFileInput>) => {
  const parsed = file({ bake: { seconds: 600 }, ...settings });
  const candidates = [...clusters].map((cluster, index) => candidate(index + 1, { cluster }));
  return plannedWaves(placeInWaves(candidates, parsed), parsed, verification);
};
const oneWave = { canary: 0, sizes: ['100%'] };

describe('changeSeconds', () => {
  it('is made of commands, settling, and the pauses between as few samples as make a pass', () => {
    expect(changeSeconds(verification)).toBe(CHANGE_SECONDS);
    expect(changeSeconds({ ...verification, settleSeconds: 0, samples: 1 })).toBe(15);
  });
});

describe('plannedWaves', () => {
  it('counts targets, clusters and lanes of each wave', () => {
    expect(planned('aaabb', { waves: { canary: 1, sizes: [4] }, concurrency: { perCluster: 2 } })).toEqual([
      { wave: 1, canary: true, targets: 1, clusters: 1, lanes: 1, expectedSeconds: CHANGE_SECONDS + 600 },
      { wave: 2, canary: false, targets: 4, clusters: 2, lanes: 4, expectedSeconds: CHANGE_SECONDS + 600 },
    ]);
  });

  it.each<[string, string, { total: number; perCluster: number }, number]>([
    ['its longest lane', 'aaab', { total: 10, perCluster: 1 }, 3],
    ['lanes of a cluster side by side', 'aaaa', { total: 10, perCluster: 2 }, 2],
    ['lanes that wait for each other', 'abcde', { total: 2, perCluster: 1 }, 3],
  ])('takes for a wave the time of %s, and the bake', (_name, clusters, concurrency, changes) => {
    const [wave] = planned(clusters, { waves: oneWave, concurrency });
    expect(wave?.expectedSeconds).toBe(changes * CHANGE_SECONDS + 600);
  });

  it('loses no target, and never plans less time than the concurrency allows', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, fc.integer({ min: 1, max: 9 }), (candidates, any, total) => {
        const concurrency = { ...any.concurrency, total };
        const waves = plannedWaves(placeInWaves(candidates, any), { concurrency, bake: { seconds: 0, samples: 1 } }, verification);
        expect(waves.reduce((sum, { targets }) => sum + targets, 0)).toBe(candidates.length);
        expect(expectedSeconds(waves) * total).toBeGreaterThanOrEqual(candidates.length * CHANGE_SECONDS);
      }),
    );
  });

  it('has no wave for no target', () => {
    expect(plannedWaves([], file(), verification)).toEqual([]);
  });
});

describe('expectedSeconds', () => {
  it('is the time of all waves, one after the other', () => {
    expect(expectedSeconds(planned('aaa', { waves: { canary: 1, sizes: [1] }, bake: { seconds: 25 } }))).toBe(3 * (CHANGE_SECONDS + 25));
  });

  it('is nothing without a wave', () => {
    expect(expectedSeconds([])).toBe(0);
  });
});

describe('expectedCost', () => {
  const wave = { clusters: 50 };
  const cost = (targets: number, waves: { clusters: number }[], bake = { seconds: 600, samples: 3 }) =>
    expectedCost(targets, waves, file({ bake }));

  it('is that of the transitions and runs of its changes where there is no wave to watch', () => {
    const transitions = 34 * 0.000025;
    const runs = 13 * (0.0000002 + 3 * 0.5 * 0.0000133334);
    expect(cost(1_000, [])).toBeCloseTo(1_000 * (transitions + runs), 6);
  });

  it('adds to each wave what watching it costs', () => {
    const one = cost(1_000, [wave]) - cost(1_000, []);
    expect(one).toBeGreaterThan(3 * 50 * 2 * 0.000025);
    expect(cost(1_000, [wave, wave])).toBeCloseTo(cost(1_000, []) + 2 * one, 9);
  });

  it('counts the clusters of earlier waves where a later one has fewer', () => {
    expect(cost(60, [wave, { clusters: 1 }])).toBeCloseTo(cost(60, [wave, wave]), 9);
    expect(cost(60, [{ clusters: 1 }, wave])).toBeLessThan(cost(60, [wave, wave]));
  });

  it('counts the samples that a long bake takes', () => {
    const [hour, day] = [3_600, 86_400].map((seconds) => cost(10, [wave], { seconds, samples: 3 }) - cost(10, []));
    expect((day ?? 0) / (hour ?? 1)).toBeGreaterThan(20);
  });

  it('counts samples where there is no time between them', () => {
    expect(cost(10, [wave], { seconds: 0, samples: 6 })).toBeGreaterThan(cost(10, [wave], { seconds: 0, samples: 3 }));
  });
});
