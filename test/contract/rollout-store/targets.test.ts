import { beforeEach, describe, expect, it } from 'vitest';
import type { RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { later, NOW } from '../../support/facts.ts';
import { TEXT, target } from './rollouts.ts';
import { atOnce, describeEachStore, named } from './stores.ts';

const CLUSTERS = ['eu-west', 'eu', 'us-east', 'a.b_c'];
/** In the order of their positions, one cluster after the other and over again. */
const fleet = (count: number): RolloutTarget[] =>
  Array.from({ length: count }, (_, index) => target(index + 1, { cluster: CLUSTERS[index % CLUSTERS.length] ?? '' }));

const FULL = target(2, {
  wave: 3,
  lane: 4,
  group: '0f8c',
  state: 'rolled-back',
  says: TEXT,
  startedAt: NOW,
  endedAt: later(60),
  policies: { '2:1': 'all-master-shards' },
  tally: { startedAt: NOW, taken: 3, streak: { state: 'good', length: 2, since: NOW }, flips: 1, problems: [TEXT] },
  failed: true,
  undo: 2,
});

describeEachStore('targets', (bench) => {
  let store: RolloutStore;
  beforeEach(() => {
    store = bench().store;
  });
  const inTurn = async (from: RolloutStore, positions: number[]) => {
    const found: (RolloutTarget | undefined)[] = [];
    for (const position of positions) found.push(await from.target('rol-1', position));
    return found;
  };

  describe('placeTargets', () => {
    it('leaves nothing where nothing was placed', async () => {
      await store.placeTargets('rol-1', []);
      expect([await store.targets('rol-1'), await store.targets('rol-1', 'eu'), await store.target('rol-1', 1)]).toEqual([
        [],
        [],
        undefined,
      ]);
    });

    it('gives targets back as they were placed, in the order of their positions', async () => {
      const targets = fleet(12);
      await store.placeTargets('rol-1', targets.toReversed());
      expect(await bench().another().targets('rol-1')).toEqual(targets);
      expect(await inTurn(bench().another(), [1, 9, 10, 12, 13])).toEqual([1, 9, 10, 12, 13].map((position) => targets[position - 1]));
    });

    it('gives those of one cluster only, also when the names of clusters begin alike', async () => {
      const targets = fleet(12);
      await store.placeTargets('rol-1', targets);
      for (const cluster of CLUSTERS)
        expect(await store.targets('rol-1', cluster)).toEqual(targets.filter((each) => each.cluster === cluster));
      expect(await store.targets('rol-1', 'e')).toEqual([]);
    });

    it('leaves those that are there as they are, and adds the others', async () => {
      const targets = fleet(6);
      await store.placeTargets('rol-1', targets.slice(0, 3));
      const applied = target(2, { cluster: 'eu', state: 'applied' });
      await store.saveTarget('rol-1', applied, 0);
      await bench().another().placeTargets('rol-1', targets);
      expect(await store.targets('rol-1')).toEqual(targets.map((each) => (each.position === 2 ? applied : each)));
      expect(await inTurn(store, [1, 2, 6])).toEqual([targets[0], applied, targets[5]]);
    });

    it('leaves a target as it is that would now be on another cluster', async () => {
      await store.placeTargets('rol-1', [target(1)]);
      await store.placeTargets('rol-1', [target(1, { cluster: 'us-east' }), target(2, { cluster: 'us-east' })]);
      expect(await store.targets('rol-1')).toEqual([target(1), target(2, { cluster: 'us-east' })]);
      expect([await store.target('rol-1', 1), await store.targets('rol-1', 'eu-west')]).toEqual([target(1), [target(1)]]);
    });

    it('takes the first of two that have one position', async () => {
      await store.placeTargets('rol-1', [target(1), target(1, { name: 'other' }), target(1, { cluster: 'eu' })]);
      expect(await store.targets('rol-1')).toEqual([target(1)]);
    });

    it('keeps rollouts apart whose ids begin alike', async () => {
      await store.placeTargets('rol-1', fleet(2));
      await store.placeTargets('rol-10', fleet(3));
      await store.saveTarget('rol-10', target(1, { state: 'applied' }), 0);
      expect([await store.targets('rol-1'), (await store.targets('rol-10')).length]).toEqual([fleet(2), 3]);
    });

    it('takes a thousand, and changes any of them', async () => {
      const targets = fleet(1_000);
      await store.placeTargets('rol-1', targets);
      const last = target(1_000, { cluster: 'a.b_c', state: 'applied' });
      await store.saveTarget('rol-1', last, 0);
      expect(await store.targets('rol-1')).toEqual([...targets.slice(0, 999), last]);
      expect(await store.targets('rol-1', 'eu')).toEqual(targets.filter(({ cluster }) => cluster === 'eu'));
      expect(await inTurn(store, [99, 100, 101, 999, 1_000])).toEqual([targets[98], targets[99], targets[100], targets[998], last]);
    });

    it('holds more of them than fit into one answer', async () => {
      const targets = fleet(120).map((each) => ({ ...each, says: TEXT.repeat(500) }));
      await store.placeTargets('rol-1', targets);
      expect(await store.targets('rol-1')).toEqual(targets);
    });
  });

  describe('saveTarget', () => {
    beforeEach(() => store.placeTargets('rol-1', [target(1), target(2), target(3)]));

    it('gives a target back just as it was written, and leaves the others as they are', async () => {
      await store.saveTarget('rol-1', FULL, 0);
      expect(await bench().another().target('rol-1', 2)).toEqual(FULL);
      expect(await store.targets('rol-1')).toEqual([target(1), FULL, target(3)]);
    });

    it('forgets what was written before, by the same run or an earlier one', async () => {
      await store.saveTarget('rol-1', FULL, 0);
      await store.saveTarget('rol-1', target(2, { state: 'running' }), 0);
      expect(await store.target('rol-1', 2)).toEqual(target(2, { state: 'running' }));
      await store.saveTarget('rol-1', FULL, 3);
      expect(await store.target('rol-1', 2)).toEqual(FULL);
    });

    it('refuses a run before the one that wrote it, and keeps what that one wrote', async () => {
      await store.saveTarget('rol-1', FULL, 10);
      for (const run of [0, 9]) await expect(bench().another().saveTarget('rol-1', target(2), run)).rejects.toThrow(named('LockLostError'));
      expect(await store.target('rol-1', 2)).toEqual(FULL);
    });

    it('lets an earlier run write what no later one has', async () => {
      await store.saveTarget('rol-1', FULL, 2);
      await store.saveTarget('rol-1', target(3, { state: 'applied' }), 1);
      expect(await store.target('rol-1', 3)).toEqual(target(3, { state: 'applied' }));
    });

    it('keeps what the latest run wrote, when several write at once', async () => {
      await Promise.allSettled(
        [4, 2, 5, 1, 3].map((run) =>
          bench()
            .another()
            .saveTarget('rol-1', target(2, { says: `by run ${run}` }), run),
        ),
      );
      expect(await store.target('rol-1', 2)).toEqual(target(2, { says: 'by run 5' }));
    });

    it('refuses a target that nobody has placed', async () => {
      for (const stranger of [target(4), target(2, { cluster: 'us-east' })])
        await expect(store.saveTarget('rol-1', stranger, 0)).rejects.toThrow(named('LockLostError'));
      await expect(store.saveTarget('rol-2', target(1), 0)).rejects.toThrow(named('LockLostError'));
      expect([await store.targets('rol-1'), await store.targets('rol-2')]).toEqual([[target(1), target(2), target(3)], []]);
    });

    it('says which target of which rollout it refuses', async () => {
      await store.saveTarget('rol-1', FULL, 1);
      await expect(store.saveTarget('rol-1', FULL, 0)).rejects.toThrow(/run 0 of rol-1 .* target 2, eu-west\/db:2/);
    });
  });

  it('are written side by side', async () => {
    await store.placeTargets('rol-1', fleet(40));
    const applied = fleet(40).map((each) => ({ ...each, state: 'applied' as const }));
    await atOnce(40, (index) => store.saveTarget('rol-1', applied[index] as RolloutTarget, 0));
    expect(await store.targets('rol-1')).toEqual(applied);
  });
});
