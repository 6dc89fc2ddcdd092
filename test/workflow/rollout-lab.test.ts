import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { simulatedFleet } from '../../lib/simulator/fleet.ts';
import { RolloutLab } from '../support/rollout-lab.ts';
import { Crashed } from '../support/rollout-process.ts';
import type { Place } from '../support/rollout-rules.ts';
import { changeFromOutside, loseProxies } from '../support/rollout-trouble.ts';

const opened: RolloutLab[] = [];
afterEach(() => {
  for (const lab of opened.splice(0)) lab.close();
});

function labOf(fleet: SimulatedCluster[] = simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'] })): RolloutLab {
  const lab = new RolloutLab({ fleet });
  opened.push(lab);
  return lab;
}
const groups = () => simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'], groupShare: 1, groupSpan: [3, 3] });
const changeAll = (lab: RolloutLab, places: readonly Place[]) => Promise.all(places.map((place) => lab.change(place)));

describe('a lab of rollouts', () => {
  it('carries changes out side by side, each in the time that one takes', async () => {
    const lab = labOf();
    lab.rules.limits.set('chg', { total: 3, perCluster: 1 });
    const before = lab.clock.now().getTime();
    const reports = await changeAll(lab, ['rs-1/db:1', 'rs-2/db:1', 'rs-3/db:1']);
    expect(reports.map(({ outcome, health }) => [outcome, health])).toEqual(Array.from({ length: 3 }, () => ['applied', 'verified']));
    expect(lab.database('rs-2/db:1').syncerMode).toBe('distributed');
    // Settling and six samples, ten seconds apart; one after the other they would take three times as long.
    expect((lab.clock.now().getTime() - before) / 1000).toBeLessThan(120);
    expect(lab.rules.peak).toEqual({ total: 3, perCluster: 1 });
    expect(lab.rules.broken).toEqual([]);
    expect(await lab.locks()).toEqual([]);
  });

  it('notes what each cluster is told, and which of it writes', async () => {
    const lab = labOf();
    await lab.change('rs-2/db:3');
    expect(lab.clusters.writes.map(({ cluster, database, argv }) => `${cluster} ${database}: ${argv[0]} ${argv.at(-1)}`)).toEqual([
      'rs-2 db:3: bind all-master-shards',
      'rs-2 db:3: tune distributed',
    ]);
    expect(lab.clusters.told.map(({ number }) => number)).toEqual(lab.clusters.told.map((_, index) => index + 1));
    expect(new Set(lab.clusters.told.map(({ cluster }) => cluster))).toEqual(new Set(['rs-2']));
  });
});

describe('the rules of a rollout', () => {
  it('are broken by more changes at once than the limits allow', async () => {
    const lab = labOf();
    lab.rules.limits.set('chg', { total: 2, perCluster: 1 });
    await changeAll(lab, ['rs-1/db:1', 'rs-1/db:2', 'rs-2/db:1']);
    expect(lab.rules.broken).toEqual(expect.arrayContaining(['2 changes of chg at once on rs-1', '3 changes of chg at once']));
  });

  it('are broken by two members of a group at once, and not by one after the other', async () => {
    const [one, other]: [Place, Place] = ['rs-1/db:1', 'rs-2/db:1'];
    const inTurn = labOf(groups());
    await inTurn.change(one);
    await inTurn.change(other);
    expect(inTurn.rules.broken).toEqual([]);
    const together = labOf(groups());
    await changeAll(together, [one, other]);
    expect(together.rules.broken.map((text) => text.split(':')[0])).toEqual(['members of one group at once']);
  });

  it('are broken by a write outside the selection', async () => {
    const lab = labOf();
    lab.rules.isSelected = (place) => !place.endsWith('/db:2');
    await changeAll(lab, ['rs-1/db:1', 'rs-2/db:2']);
    expect(lab.rules.broken).toEqual([
      'outside the selection: rs-2/db:2 bind db db:2 endpoint 2:1 policy all-master-shards',
      'outside the selection: rs-2/db:2 tune db db:2 syncer_mode distributed',
    ]);
  });

  it('are broken by a write without a lock', () => {
    const { rules } = labOf();
    rules.began('chg-1', 'rs-1/db:1');
    rules.wrote('rs-1/db:11', ['tune']);
    expect(rules.broken).toEqual(['without a lock: rs-1/db:11 tune']);
  });

  it('are broken by a change that is complete before its database was read again', () => {
    const { rules } = labOf();
    rules.began('chg-1', 'rs-1/db:1');
    rules.wrote('rs-1/db:1', ['tune']);
    rules.read('rs-2', undefined);
    rules.ended('chg-1');
    expect(rules.broken).toEqual(['chg-1 is complete, and rs-1/db:1 was not read since it was written']);
  });
});

describe('troubles in a lab', () => {
  it.each(['before', 'after'] as const)('kill the process %s a write, and nothing more is told to the cluster', async (when) => {
    const lab = labOf();
    lab.at({ cluster: 'rs-1', on: /^tune/, when, happens: () => lab.crash() });
    await expect(lab.change('rs-1/db:1')).rejects.toThrow(Crashed);
    const told = lab.clusters.told.length;
    expect(lab.database('rs-1/db:1').syncerMode).toBe(when === 'after' ? 'distributed' : 'centralized');
    await lab.change('rs-2/db:1');
    expect(lab.clusters.told.slice(told).filter(({ cluster }) => cluster === 'rs-1')).toEqual([]);
    expect((await lab.locks()).map(({ changeId }) => changeId)).toEqual(['chg_rs-1-db-1']);
    expect(lab.rules.underWay).toEqual(['rs-1/db:1']);
  });

  it('make a cluster unreachable from a command on', async () => {
    const lab = labOf();
    lab.at({ cluster: 'rs-1', on: /^status/, nth: 2, happens: () => lab.clusters.silent.add('rs-1') });
    const [one, other] = await changeAll(lab, ['rs-1/db:1', 'rs-2/db:1']);
    expect([one?.outcome, other?.outcome]).toEqual(['refused', 'applied']);
  });

  it('let a database degrade, or somebody else change it', async () => {
    const lab = labOf();
    lab.at({ cluster: 'rs-1', on: /^tune/, when: 'after', happens: () => loseProxies(lab.cluster('rs-1'), 1) });
    lab.at({ cluster: 'rs-2', nth: 3, happens: () => changeFromOutside(lab.cluster('rs-2'), 1, { policy: 'all-nodes' }) });
    const [degraded, drifted] = await changeAll(lab, ['rs-1/db:1', 'rs-2/db:1']);
    expect(['rolled-back', 'needs-operator']).toContain(degraded?.outcome);
    expect(drifted?.outcome).toBe('drifted');
  });

  it('happen at a moment that was arranged, while everybody sleeps', async () => {
    const lab = labOf();
    const before = lab.clock.now().getTime();
    const moments: number[] = [];
    lab.clock.arrange(25, () => moments.push((lab.clock.now().getTime() - before) / 1000));
    await lab.clock.sleep(60);
    expect(moments).toEqual([25]);
  });
});
