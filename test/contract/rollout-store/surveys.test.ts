import { beforeEach, expect, it } from 'vitest';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { survey, TEXT, targetPlan } from './rollouts.ts';
import { describeEachStore } from './stores.ts';

describeEachStore('surveys', (bench) => {
  let store: RolloutStore;
  beforeEach(() => {
    store = bench().store;
  });

  it('know of no cluster that was not surveyed', async () => {
    expect([await store.surveys('rol-1'), await store.plans('rol-1', 'eu-west')]).toEqual([[], []]);
  });

  it('give plans back as they were written, in the order of the ids of their databases', async () => {
    const numbers = [10, 9, 100, 1, 999_999_999];
    const plans = numbers.map((number) => targetPlan(number));
    await store.saveSurvey('rol-1', survey(), plans);
    const inOrder = [1, 9, 10, 100, 999_999_999].map((number) => targetPlan(number));
    expect([await bench().another().surveys('rol-1'), await bench().another().plans('rol-1', 'eu-west')]).toEqual([[survey()], inOrder]);
  });

  it('give a plan back that says as little as it may', async () => {
    const { kind: _, group: __, traffic: ___, ...least } = targetPlan(1, { findings: [] });
    await store.saveSurvey('rol-1', survey(), [least]);
    expect(await store.plans('rol-1', 'eu-west')).toEqual([least]);
  });

  it('are told in the order of the names of the clusters, with their errors', async () => {
    const found = ['us-east', 'a.b_c', 'eu-west'].map((cluster) => survey({ cluster, selected: 0, error: TEXT }));
    for (const each of found) await store.saveSurvey('rol-1', each, []);
    expect((await store.surveys('rol-1')).map(({ cluster }) => cluster)).toEqual(['a.b_c', 'eu-west', 'us-east']);
    expect((await store.surveys('rol-1'))[2]).toEqual(found[0]);
  });

  it('take the place of an earlier one, with all its plans', async () => {
    await store.saveSurvey('rol-1', survey(), [targetPlan(1), targetPlan(2), targetPlan(3)]);
    const later = [targetPlan(2, { class: 'C2' }), targetPlan(4)];
    await store.saveSurvey('rol-1', survey({ selected: 2 }), later);
    expect([await store.surveys('rol-1'), await store.plans('rol-1', 'eu-west')]).toEqual([[survey({ selected: 2 })], later]);
    await store.saveSurvey('rol-1', survey({ selected: 0 }), []);
    expect(await store.plans('rol-1', 'eu-west')).toEqual([]);
  });

  it('may be repeated', async () => {
    for (let time = 0; time < 2; time += 1) await store.saveSurvey('rol-1', survey(), [targetPlan(1)]);
    expect([await store.surveys('rol-1'), await store.plans('rol-1', 'eu-west')]).toEqual([[survey()], [targetPlan(1)]]);
  });

  it('keep clusters and rollouts apart, also those whose names begin alike', async () => {
    const places = [
      ['rol-1', 'eu'],
      ['rol-1', 'eu-west'],
      ['rol-10', 'eu'],
    ] as const;
    for (const [index, [rolloutId, cluster]] of places.entries())
      await store.saveSurvey(rolloutId, survey({ cluster, selected: 1, found: index }), [targetPlan(index + 1, { cluster })]);
    for (const [index, [rolloutId, cluster]] of places.entries())
      expect(await store.plans(rolloutId, cluster)).toEqual([targetPlan(index + 1, { cluster })]);
    expect((await store.surveys('rol-1')).map(({ found }) => found)).toEqual([0, 1]);
  });

  it('hold more plans than fit into one answer', async () => {
    const plans = Array.from({ length: 120 }, (_, index) => targetPlan(index + 1, { name: 'n'.repeat(10_000) }));
    await store.saveSurvey('rol-1', survey(), plans);
    expect(await store.plans('rol-1', 'eu-west')).toEqual(plans);
  });
});
