import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lagValues, peersOf, raisedSyncerAlerts } from '../../../../../lambdas/adapters/cluster-rest/health.ts';
import { LagStatistics, ReplicationHealth } from '../../../../../lambdas/contracts/health.ts';
import { connect, HttpsCluster } from './https-cluster.ts';
import { node, type SmallApi, smallApi, source } from './small-api.ts';

let server: HttpsCluster;
let api: SmallApi;
beforeAll(async () => {
  server = await HttpsCluster.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
  api = smallApi();
  server.answer = api.answer;
});
const read = (lagToleranceMs?: number) => connect(server).cluster.readHealth('db:7', lagToleranceMs);

describe('health', () => {
  it('is what the cluster says of sources, peers, availability and alerts', async () => {
    api.routes['/v1/crdbs/guid-1/health_report'] = {
      json: [
        { cluster_name: 'here', connections: [{ name: 'there', status: 'ok', replication_links: [{ link_uid: '7:1', status: 'up' }] }] },
      ],
    };
    api.routes['/v1/bdbs/crdt_sources/alerts/7'] = {
      json: { 2: { crdt_src_syncer_connection_error: { state: true }, crdt_src_high_syncer_lag: { state: false } } },
    };
    const health = await read(1_000);
    expect(ReplicationHealth.parse(health)).toEqual({
      readAt: '2026-12-01T02:00:00.000Z',
      kind: 'active-active',
      group: 'guid-1',
      seen: { id: 'db:7', name: 'orders', syncerMode: 'centralized', nodes: [1, 2, 3] },
      sync: [{ relation: 'crdt', state: 'enabled' }],
      sources: [{ id: '2', relation: 'crdt', status: 'in-sync', lagMs: 38, rdbSize: 0, rdbTransferred: 0 }],
      peers: [
        { name: 'here', up: true },
        { name: 'there', up: true },
      ],
      availability: { available: true, lagChecked: true },
      alerts: ['crdt_src_syncer_connection_error'],
      reconfigurable: true,
    });
    expect(server.commands).toContain('GET /v1/bdbs/7/availability?extend_check=lag&availability_lag_tolerance_ms=1000');
  });

  it('G05, E07: leaves out what this version does not have', async () => {
    api.routes['/v1/nodes'] = { json: [node(1, { software_version: '7.4.2-54' })] };
    const health = await read();
    expect(health).not.toHaveProperty('peers');
    expect(health).not.toHaveProperty('availability');
    expect(health).not.toHaveProperty('alerts');
    expect(server.commands.join()).not.toContain('availability');
  });

  it('E06: tells a database that is not available, with the reason', async () => {
    api.routes['/v1/bdbs/7/availability'] = { status: 503, json: { error_code: 'bdb_unavailable_port_unbound' } };
    expect((await read(500)).availability).toEqual({ available: false, lagChecked: true, detail: 'bdb_unavailable_port_unbound' });
    expect(server.commands.filter((command) => command.includes('/availability'))).toHaveLength(1);
  });

  it('leaves lag out of the availability check while nobody says how much is usual', async () => {
    expect((await read()).availability).toEqual({ available: true, lagChecked: false });
    expect(server.commands).toContain('GET /v1/bdbs/7/availability');
  });

  it('asks for availability without lag before 8.0.2-17', async () => {
    api.routes['/v1/nodes'] = { json: [node(1), node(2, { software_version: '8.0.2-16' })] };
    expect((await read(500)).availability).toEqual({ available: true, lagChecked: false });
  });

  it('D13: keeps the growth of a full sync, drops a lag that means nothing, and takes credentials out of errors', async () => {
    api.bdb.crdt_sources = [
      source({ status: 'syncing', lag: 5, rdb_size: '100', rdb_transferred: 40, last_error: 'cannot reach redis://u:S3CRET@peer:1' }),
    ];
    expect((await read()).sources).toEqual([
      {
        id: '2',
        relation: 'crdt',
        status: 'syncing',
        lastError: 'cannot reach redis://[redacted]@peer:1',
        rdbSize: 100,
        rdbTransferred: 40,
      },
    ]);
  });

  it('names both relations of a database that has both', async () => {
    Object.assign(api.bdb, { replica_sync: 'paused', replica_sources: [source({ uid: 1 })] });
    const health = await read();
    expect(health.sync).toEqual([
      { relation: 'crdt', state: 'enabled' },
      { relation: 'replica', state: 'paused' },
    ]);
    expect(health.sources.map(({ id, relation }) => `${relation} ${id}`)).toEqual(['crdt 2', 'replica 1']);
  });
});

describe('peers', () => {
  const link = (status: string) => [{ link_uid: '7:1', status }];

  it('E14: are down with any link or with a connection error', () => {
    const report = [
      { cluster_name: 'a', connections: [{ name: 'b', replication_links: [...link('up'), ...link('down')] }] },
      { cluster_name: 'c', connection_error: 'timeout' },
    ];
    expect(peersOf(report)).toEqual([
      { name: 'a', up: false },
      { name: 'b', up: false },
      { name: 'c', up: false },
    ]);
  });

  it('are not the cluster itself when it is connected only to itself', () => {
    expect(peersOf([{ cluster_name: 'a', connections: [{ name: 'a', replication_links: link('up') }] }])).toEqual([]);
  });
});

describe('lag statistics', () => {
  const interval = (stime: string, lag: unknown) => ({ stime, local_ingress_lag_time: lag });

  it('are those of the peers, oldest first, all sources together', async () => {
    api.routes['/v1/bdbs/7/peer_stats'] = {
      json: {
        peer_stats: [
          { uid: '3', intervals: [interval('2026-01-01T00:00:20Z', 0.3), interval('2026-01-01T00:00:10Z', '0.1')] },
          { uid: '4', intervals: [interval('2026-01-01T00:00:15Z', 0.2)] },
        ],
      },
    };
    const { cluster } = connect(server);
    const statistics = await cluster.readLagStatistics(await cluster.readHealth('db:7'));
    expect(LagStatistics.parse(statistics)).toEqual({ intervalSeconds: 10, values: [0.1, 0.2, 0.3] });
    expect(server.commands).toContain('GET /v1/bdbs/7/peer_stats?interval=10sec');
  });

  it('E05: are those of the sources where the cluster knows no peers', async () => {
    api.routes['/v1/bdbs/7/peer_stats'] = { status: 406, json: {} };
    api.routes['/v1/bdbs/7/sync_source_stats'] = { json: { sync_source_stats: [{ uid: '1', intervals: [interval('x', 2)] }] } };
    const { cluster } = connect(server);
    expect((await cluster.readLagStatistics(await cluster.readHealth('db:7')))?.values).toEqual([2]);
  });

  it('are undefined where there are none', async () => {
    const { cluster } = connect(server);
    expect(await cluster.readLagStatistics(await cluster.readHealth('db:7'))).toBeUndefined();
  });
});

describe('reports in any form', () => {
  it('never break the reading of what is optional', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Array.isArray(peersOf(value))).toBe(true);
        expect(Array.isArray(raisedSyncerAlerts(value))).toBe(true);
        for (const lag of lagValues(value)) expect(lag).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
