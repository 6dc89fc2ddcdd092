import { describe, expect, it } from 'vitest';
import { boundNodes, databaseOf } from '../../../../lib/simulator/cluster.ts';
import { clusterWith, demoCluster } from '../../../../lib/simulator/fleets.ts';
import { relationsOf } from '../../../../lib/simulator/replication.ts';

describe('demoCluster', () => {
  it.each([
    [3, 'sessions', 'distributed', 'all-nodes', [1, 2, 3], [1, 2]],
    [7, 'orders', 'centralized', 'single', [1], [1, 2]],
    [9, 'profiles', 'distributed', 'single', [2], [2, 3]],
    [12, 'carts', 'centralized', 'single', [1], [1, 2, 3]],
    [15, 'ledger', 'centralized', 'single', [2], [2]],
  ] as const)('holds db:%i %s, %s behind %s', (id, name, syncerMode, policy, nodes, widened) => {
    const cluster = demoCluster();
    const database = databaseOf(cluster, id);
    expect(database).toMatchObject({ name, syncerMode, status: 'active', endpoints: [{ policy, nodes }] });
    expect(database.endpoints.map((endpoint) => boundNodes(cluster, database, endpoint, 'all-master-shards'))).toEqual([widened]);
  });

  it('replicates every database, in good health', () => {
    const kinds = demoCluster().databases.map(({ name, relations = {} }) => [
      name,
      ...relationsOf(relations).map(([kind, { sources }]) => `${kind}: ${sources.map(({ status }) => status)}`),
    ]);
    expect(kinds).toEqual([
      ['sessions', 'crdt: in-sync,in-sync'],
      ['orders', 'replica: in-sync,in-sync'],
      ['profiles', 'replica: in-sync'],
      ['carts', 'crdt: in-sync'],
      ['ledger', 'replica: in-sync'],
    ]);
  });

  it('numbers every shard once', () => {
    const ids = demoCluster().databases.flatMap(({ shards }) => shards.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('clusterWith', () => {
  it('builds as many endpoints as asked for and divides the slots', () => {
    const { databases } = clusterWith({ endpointCount: 2, masters: [1, 2, 3], replicas: [] });
    expect(databases[0]?.endpoints.map(({ id }) => id)).toEqual([1, 2]);
    expect(databases[0]?.shards.map(({ slots }) => slots)).toEqual(['0-5460', '5461-10921', '10922-16383']);
  });

  it('refuses to name a database the cluster does not have', () => {
    expect(() => databaseOf(clusterWith(), 8)).toThrow('db:8');
  });
});
