import { describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../../../lib/simulator/faults.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { activeActive, replicaOf } from '../../../../lib/simulator/replication.ts';
import {
  alertRaised,
  fullSync,
  healed,
  lagRises,
  outOfSync,
  peerGoesDown,
  syncBecomes,
  unavailable,
} from '../../../../lib/simulator/replication-faults.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';

const clusterUnder = (...effects: FaultEffect[]): SimulatedCluster =>
  clusterWith(
    { relations: { crdt: activeActive(['rs-b.example.net', 'rs-c.example.net']), replica: replicaOf(1) } },
    { faults: effects.map((effect) => ({ on: '^tune', effect })) },
  );
const tune = (cluster: SimulatedCluster, mode = 'distributed') => answer(cluster, ['tune', 'db', 'db:7', 'syncer_mode', mode]);
const relations = (cluster: SimulatedCluster) => databaseOf(cluster, 7).relations ?? {};
/** What so many further commands see. */
const watch = <Seen>(cluster: SimulatedCluster, times: number, look: (cluster: SimulatedCluster) => Seen): Seen[] =>
  Array.from({ length: times }, () => {
    answer(cluster, ['info', 'cluster']);
    return structuredClone(look(cluster));
  });
const lag = (cluster: SimulatedCluster) => relations(cluster).replica?.sources[0]?.lagMs;

describe('replication faults', () => {
  it('wait for so many commands, and pass after so many more', () => {
    const cluster = clusterUnder(lagRises(7, 500, { commands: 1, recoverAfter: 2 }));
    tune(cluster);
    expect(watch(cluster, 4, lag)).toEqual([38, 500, 500, 38]);
    expect(databaseOf(cluster, 7).syncerMode).toBe('distributed');
  });

  it('grow while they last', () => {
    const cluster = clusterUnder(lagRises(7, 100, { growthMs: 50 }));
    tune(cluster);
    expect(watch(cluster, 3, lag)).toEqual([100, 150, 200]);
  });

  it('concern one source when told to', () => {
    const cluster = clusterUnder(outOfSync(7, 'connection refused', { source: 3 }));
    tune(cluster);
    watch(cluster, 1, lag);
    expect(relations(cluster).crdt?.sources).toMatchObject([
      { uid: 2, status: 'in-sync', lastError: '' },
      { uid: 3, status: 'out-of-sync', lastError: 'connection refused' },
    ]);
  });

  it.each<[string, FaultEffect, object]>([
    ['stop a relation', syncBecomes(7, 'stopped'), { crdt: { sync: 'stopped' }, replica: { sync: 'stopped' } }],
    ['lose a peer', peerGoesDown(7, 'rs-c.example.net'), { crdt: { peers: [{ up: true }, { up: false }] } }],
    ['raise an alert', alertRaised(7, 'high_syncer_lag'), { crdt: { alerts: ['high_syncer_lag'] } }],
    ['take availability away', unavailable(7), { available: false }],
    [
      'start a full sync',
      fullSync(7, { rdbSize: 1000 }),
      { replica: { sources: [{ status: 'syncing', rdbSize: 1000, rdbTransferred: 100 }] } },
    ],
  ])('%s, and healing undoes it', (_name, effect, expected) => {
    const well = relations(clusterUnder());
    const cluster = clusterUnder(effect);
    tune(cluster);
    expect(watch(cluster, 1, relations)).toMatchObject([expected]);
    cluster.faults = [{ on: '^tune', effect: healed(7) }];
    tune(cluster, 'centralized');
    expect(watch(cluster, 1, relations)).toEqual([well]);
  });

  it('do not come from a command that was refused', () => {
    const cluster = clusterUnder(lagRises(7, 500));
    databaseOf(cluster, 7).status = 'active-change-pending';
    tune(cluster);
    expect(watch(cluster, 2, lag)).toEqual([38, 38]);
  });

  it('follow a read as well', () => {
    const cluster = clusterUnder();
    cluster.faults = [{ on: '^info', nth: 2, effect: lagRises(7, 500) }];
    expect(watch(cluster, 3, lag)).toEqual([38, 38, 500]);
  });
});
