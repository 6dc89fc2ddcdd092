import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breachesOf } from '../support/rollout-chaos-oracle.ts';
import { happened } from '../support/rollout-chaos-run.ts';
import { situation } from '../support/rollout-chaos-situation.ts';

// One fixed seed keeps the check repeatable; ROLLOUT_CHAOS_RUNS=2000 searches anew for as long as one likes, and ROLLOUT_CHAOS_SEED repeats it.
const RUNS = Number(process.env.ROLLOUT_CHAOS_RUNS ?? 100);
const SEED = Number(
  process.env.ROLLOUT_CHAOS_SEED ?? (process.env.ROLLOUT_CHAOS_RUNS === undefined ? 20_261_204 : Date.now() % 1_000_000_000),
);

describe('any fleet, any rollout of it, any troubles at any moment', () => {
  it(`ends safely and is told truly, whatever it ends with (seed ${SEED})`, { timeout: 6_000_000 }, async () => {
    const outcomes = new Set<string>();
    const states = new Set<string>();
    await fc.assert(
      fc.asyncProperty(situation, async (what) => {
        const aftermath = await happened(what);
        try {
          expect(await breachesOf(aftermath)).toEqual([]);
        } finally {
          aftermath.lab.close();
        }
        for (const { record, targets } of aftermath.rollouts) {
          outcomes.add(record.outcome ?? record.status);
          for (const { state } of targets) states.add(state);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The generator is worth its time only while it reaches every end.
    expect([...outcomes].sort()).toEqual(
      expect.arrayContaining(['completed', 'incomplete', 'needs-operator', 'paused', 'refused', 'undone']),
    );
    expect([...states].sort()).toEqual(
      expect.arrayContaining(['applied', 'drifted', 'needs-operator', 'refused', 'rolled-back', 'unchanged', 'undone', 'waiting']),
    );
  });
});
