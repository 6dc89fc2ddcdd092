import { afterEach, describe, expect, it } from 'vitest';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { simulatedFleet } from '../../lib/simulator/fleet.ts';
import { RolloutLab, type RolloutLabProps } from '../support/rollout-lab.ts';
import { Crashed } from '../support/rollout-process.ts';

const EVERYTHING = { name: 'smoke', select: { clusters: ['*'] } };
const AT_ONCE = { settleSeconds: 0, intervalSeconds: 0, samples: 1 };
const opened: RolloutLab[] = [];
afterEach(() => {
  for (const lab of opened.splice(0)) lab.close();
});

function labOf(fleet: SimulatedCluster[], props: Partial<RolloutLabProps> = {}): RolloutLab {
  const lab = new RolloutLab({ fleet, ...props });
  opened.push(lab);
  return lab;
}
const plain = () => simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1', 'C2', 'D0'] });
const counted = async (lab: RolloutLab): Promise<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(await lab.targets(), ({ state }) => state)].map(([state, all]) => [state, all.length]));

describe('a rollout on one machine', () => {
  it('distributes every database of a small fleet', async () => {
    const lab = labOf(plain());
    const record = await lab.rollOut(EVERYTHING);
    expect({ outcome: record.outcome, stop: record.stop }).toEqual({ outcome: 'completed' });
    expect(await counted(lab)).toEqual({ applied: 12 });
    for (const name of lab.clusters.names)
      expect(lab.cluster(name).databases.map(({ syncerMode }) => syncerMode)).toEqual(Array.from({ length: 4 }, () => 'distributed'));
    expect(lab.rules.broken).toEqual([]);
    expect(await lab.locks()).toEqual([]);
  });

  it('works at several clusters at once, and never at two members of a group', async () => {
    const lab = labOf(simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'], groupShare: 0.6 }));
    const record = await lab.rollOut({ ...EVERYTHING, concurrency: { total: 6, perCluster: 2 }, waves: { canary: 1, sizes: ['100%'] } });
    expect(record.outcome).toBe('completed');
    expect(lab.rules.peak.total).toBeGreaterThan(1);
    expect(lab.rules.broken).toEqual([]);
  });

  it('goes on where a process was killed', async () => {
    const lab = labOf(plain());
    lab.at({ on: /^tune .*distributed$/, nth: 5, when: 'after', happens: () => lab.crash() });
    await expect(lab.rollOut({ ...EVERYTHING, verification: AT_ONCE })).rejects.toThrow(Crashed);
    expect((await lab.locks()).length).toBeGreaterThan(0);
    const record = await lab.takeUp();
    expect(Object.keys(ROLLOUT_OUTCOMES)).toContain(record.outcome);
    expect(record).toMatchObject({ run: 1, outcome: 'completed' });
    expect(await counted(lab)).toEqual({ applied: 12 });
    expect(lab.rules.broken).toEqual([]);
    expect(await lab.locks()).toEqual([]);
  });

  it('pauses and resumes', async () => {
    const lab = labOf(plain());
    // A bake that was paused begins anew, so it is paused the first time only.
    let isPaused = false;
    lab.on(async (event) => {
      if (event.type !== 'bake-began' || isPaused) return;
      isPaused = true;
      await lab.ask('pause');
    });
    expect(await lab.rollOut(EVERYTHING)).toMatchObject({ status: 'paused' });
    expect(await lab.ask('resume')).toMatchObject({ accepted: true });
    expect((await Promise.all(lab.begun)).map(({ outcome }) => outcome)).toEqual(['completed']);
    expect(await counted(lab)).toEqual({ applied: 12 });
  });

  it('stops while an alarm is raised, and sends back what it applied', async () => {
    const lab = labOf(simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'] }));
    lab.on((event) => void (event.type === 'bake-began' && event.wave === 2 && lab.alarms.ringing.add('p99')));
    const record = await lab.rollOut({ ...EVERYTHING, alarms: ['p99'], onStop: 'undo-all' });
    expect(record).toMatchObject({ outcome: 'undone', stop: { cause: 'alarm' } });
    expect(
      lab.clusters.names.flatMap((name) => lab.cluster(name).databases.filter(({ syncerMode }) => syncerMode === 'distributed')),
    ).toEqual([]);
    expect(lab.rules.broken).toEqual([]);
    expect(await lab.locks()).toEqual([]);
  });

  it('waits for an approval, and begins nothing when it is denied', async () => {
    const lab = labOf(plain());
    lab.on(async (event) => void (event.type === 'approval-requested' && (await lab.decide('reject'))));
    const record = await lab.rollOut({ ...EVERYTHING, requestedBy: 'alice', gates: { approve: ['rollout'] } });
    expect(record.outcome).toBe('rejected');
    expect(lab.clusters.writes).toEqual([]);
  });

  it('knows no kinds and groups where replication is not watched, and takes databases of one name for a group', async () => {
    const lab = labOf(simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'], groupShare: 1, groupSpan: [3, 3] }), { watched: false });
    const record = await lab.rollOut({ ...EVERYTHING, concurrency: { total: 6, perCluster: 2 } });
    expect(record.outcome).toBe('completed');
    expect(lab.rules.broken).toEqual([]);
  });
});
