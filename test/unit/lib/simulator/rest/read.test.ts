import { afterEach, describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import { clusterWith, demoCluster, nodesUpTo } from '../../../../../lib/simulator/fleets.ts';
import { activeActive, PLANTED_PASSWORD, replicaOf } from '../../../../../lib/simulator/replication.ts';
import type { RestFront } from '../../../../../lib/simulator/rest/front.ts';
import { call, frontOf } from './caller.ts';

let front: RestFront | undefined;
afterEach(async () => {
  await front?.close();
  front = undefined;
});
async function get(cluster: SimulatedCluster, path: string) {
  front ??= await frontOf(cluster);
  return call(front, path);
}
const ofVersion = (version: string, options = {}) => clusterWith(options, { nodes: nodesUpTo(3).map((node) => ({ ...node, version })) });

describe('reading databases', () => {
  it('tells kind, mode, policies, sources and endpoints', async () => {
    const { json } = await get(demoCluster(), '/v1/bdbs/7');
    expect(json).toMatchObject({
      uid: 7,
      name: 'orders',
      status: 'active',
      crdt: false,
      crdt_sources: [],
      replica_sync: 'enabled',
      replica_sync_dist: false,
      syncer_mode: 'centralized',
      replica_sources: [
        { uid: 1, status: 'in-sync', lag: 38 },
        { uid: 2, status: 'in-sync', lag: 38 },
      ],
      endpoints: [{ uid: '7:1', addr: ['10.20.0.11'], addr_type: 'internal', proxy_policy: 'single' }],
    });
    expect(json).not.toHaveProperty('action_uid');
    expect(json).not.toHaveProperty('endpoints[0].include_proxies');
  });

  it('tells an Active-Active instance by its guid', async () => {
    expect((await get(demoCluster(), '/v1/bdbs/12')).json).toMatchObject({
      crdt: true,
      crdt_guid: '552bbccb-99f3-4142-bd17-93d245f0bc79',
      crdt_sync: 'enabled',
      crdt_sources: [{ uid: 2, status: 'in-sync' }],
      replica_sources: [],
    });
  });

  it('hands out secrets, as real clusters do', async () => {
    expect((await get(demoCluster(), '/v1/bdbs/7')).text.split(PLANTED_PASSWORD).length).toBeGreaterThan(4);
  });

  it('tells only the fields asked for, of one and of all', async () => {
    const fields = '?fields=uid,name,nonsense';
    expect((await get(demoCluster(), `/v1/bdbs/7${fields}`)).json).toEqual({ uid: 7, name: 'orders' });
    expect((await get(demoCluster(), `/v1/bdbs${fields}`)).json).toHaveLength(5);
  });

  it('answers 404 with a code for a database that does not exist', async () => {
    expect(await get(clusterWith(), '/v1/bdbs/8')).toMatchObject({ status: 404, json: { error_code: 'db_not_exist' } });
  });

  it('lists an endpoint twice where its node has an external address', async () => {
    const nodes = nodesUpTo(3).map((node) => ({ ...node, externalAddresses: ['203.0.113.12'] }));
    expect((await get(clusterWith({}, { nodes }), '/v1/bdbs/7')).json).toMatchObject({
      endpoints: [
        { uid: '7:1', addr_type: 'internal' },
        { uid: '7:1', addr_type: 'external', addr: ['203.0.113.12'] },
      ],
    });
  });

  it('says no mode before the version that introduced it', async () => {
    expect((await get(ofVersion('6.2.10-100'), '/v1/bdbs/7')).json).not.toHaveProperty('syncer_mode');
  });

  it('shows proxy lists where there are some', async () => {
    expect((await get(clusterWith({ policy: 'all-nodes', exclude: [2] }), '/v1/bdbs/7')).json).toMatchObject({
      endpoints: [{ exclude_proxies: [2], addr: ['10.20.0.11', '10.20.0.13'] }],
    });
  });

  it('tells shards with numbers as text', async () => {
    expect((await get(clusterWith(), '/v1/bdbs/7/shards')).json).toMatchObject([
      { uid: '21', node_uid: '1', role: 'master', assigned_slots: '0-8191', bdb_uid: 7, status: 'active' },
      { node_uid: '2', role: 'slave' },
      { node_uid: '2', role: 'master' },
      { node_uid: '1', role: 'slave' },
    ]);
  });
});

describe('reading the cluster', () => {
  it('tells which node is set aside, and which under maintenance', async () => {
    const cluster = demoCluster();
    cluster.nodes = cluster.nodes.map((node) => (node.id === 3 ? { ...node, maintenance: true } : node));
    expect((await get(cluster, '/v1/nodes')).json).toMatchObject([
      { uid: 1, addr: '10.20.0.11', accept_servers: true, max_listeners: 100, software_version: '7.22.2-79' },
      { uid: 2 },
      { uid: 3, accept_servers: false, max_listeners: 0 },
      { uid: 4, accept_servers: false, max_listeners: 0 },
    ]);
    const { json } = await get(cluster, '/v1/nodes/status');
    expect(json).toMatchObject({ 1: { role: 'master' }, 2: { role: 'slave' }, 3: { maintenance_snapshot: { node_uid: '3' } } });
    expect(json).not.toHaveProperty('4.maintenance_snapshot');
  });

  it('names the proxies of an endpoint in its statistics only', async () => {
    const { json } = await get(clusterWith({ policy: 'all-nodes' }), '/v1/endpoints/stats');
    expect(json).toMatchObject([{ uid: '7:1:1' }, { uid: '7:1:2' }, { uid: '7:1:3' }]);
  });

  it('tells its settings', async () => {
    expect((await get(clusterWith({}, { upgradeMode: true }), '/v1/cluster')).json).toMatchObject({ upgrade_mode: true });
    expect((await get(clusterWith(), '/v1/cluster/policy')).json).toMatchObject({ endpoint_rebind_propagation_grace_time: 15 });
  });

  it('lists tasks of the cluster as actions, their progress as text', async () => {
    const cluster = clusterWith({}, { runningActions: ['maintenance_on'] });
    expect((await get(cluster, '/v1/actions')).json).toMatchObject({
      actions: [{ name: 'maintenance_on', status: 'active', progress: '50' }],
      'state-machines': [],
    });
    expect((await get(cluster, '/v2/actions')).json).toMatchObject([{ action_type: 'task', status: 'running' }]);
  });
});

describe('paths by version', () => {
  it.each([
    ['7.22.0-94', '/v2/actions', 404],
    ['7.22.0-95', '/v2/actions', 200],
    ['7.4.2-53', '/v1/actions/bdb/7', 404],
    ['7.4.2-54', '/v1/actions/bdb/7', 200],
    ['7.8.2-33', '/v1/bdbs/7/availability', 404],
    ['7.8.2-34', '/v1/bdbs/7/availability', 200],
    ['7.22.0-215', '/v1/local/bdbs/7/endpoint/availability', 500],
    ['7.22.0-216', '/v1/local/bdbs/7/endpoint/availability', 503],
    ['7.22.2-79', '/v9/nonsense', 404],
  ])('%s answers %s with %i', async (version, path, status) => {
    const options = path.includes('/local/') ? { masters: [2, 3], replicas: [] } : {};
    expect((await get(ofVersion(version, options), path)).status).toBe(status);
  });
});

describe('reading health', () => {
  const bothKinds = () =>
    clusterWith({ relations: { crdt: activeActive(['rs-b.example.net', 'rs-c.example.net']), replica: replicaOf(1) } });

  it('keeps the newest figures of an interval, oldest first, in seconds unless told otherwise', async () => {
    const { json } = await get(bothKinds(), '/v1/bdbs/7/sync_source_stats?interval=10sec');
    expect(json).toMatchObject({ sync_source_stats: [{ uid: '1' }] });
    const intervals = (json as { sync_source_stats: { intervals: { etime: string; local_ingress_lag_time: number }[] }[] })
      .sync_source_stats[0]?.intervals;
    expect(intervals).toHaveLength(30);
    expect(intervals?.at(-1)).toMatchObject({
      etime: '2026-12-01T03:00:00.000Z',
      stime: '2026-12-01T02:59:50.000Z',
      local_ingress_lag_time: 0.038,
    });
    await front?.close();
    front = undefined;
    const other = await get({ ...bothKinds(), lagStatisticsIn: 'milliseconds' }, '/v1/bdbs/7/peer_stats/3?interval=1sec');
    expect((other.json as { intervals: unknown[] }).intervals).toHaveLength(10);
    expect((other.json as { intervals: unknown[] }).intervals.at(-1)).toMatchObject({
      local_ingress_lag_time: 38,
      pending_local_writes_max: 0,
    });
  });

  it('answers 406 for the peers of a database that is not Active-Active', async () => {
    expect((await get(demoCluster(), '/v1/bdbs/7/peer_stats')).status).toBe(406);
  });

  it('names alerts after the relation', async () => {
    const cluster = bothKinds();
    databaseOf(cluster, 7).relations?.crdt?.alerts.push('syncer_connection_error');
    expect((await get(cluster, '/v1/bdbs/crdt_sources/alerts/7')).json).toMatchObject({
      crdt_src_syncer_connection_error: { enabled: true, state: true },
      crdt_src_high_syncer_lag: { state: false },
    });
    expect((await get(cluster, '/v1/bdbs/replica_sources/alerts/7')).json).toMatchObject({
      replica_src_syncer_connection_error: { state: false },
    });
    expect((await get(demoCluster(), '/v1/bdbs/replica_sources/alerts/99')).status).toBe(404);
  });

  it('reports links from here to each peer, and what a peer says itself', async () => {
    const cluster = bothKinds();
    for (const peer of databaseOf(cluster, 7).relations?.crdt?.peers ?? []) if (peer.uid === 3) peer.up = false;
    const guid = databaseOf(cluster, 7).relations?.crdt?.guid;
    expect((await get(cluster, `/v1/crdbs/${guid}/health_report`)).json).toMatchObject([
      {
        cluster_name: 'rs-a.example.net',
        connections: [
          { name: 'rs-b.example.net', replication_links: [{ status: 'up' }] },
          { name: 'rs-c.example.net', replication_links: [{ status: 'down' }] },
        ],
      },
      { cluster_name: 'rs-b.example.net', connections: [{ name: 'rs-a.example.net' }] },
      { cluster_name: 'rs-c.example.net', connection_error: expect.stringContaining('rs-c') },
    ]);
    expect((await get(cluster, `/v1/crdbs/${guid}`)).json).toMatchObject({ guid, instances: [{ id: 1 }, { id: 2 }, { id: 3 }] });
    expect((await get(cluster, '/v1/crdbs/none')).status).toBe(404);
  });

  it('checks lag within the availability since 8.0.2 only, against the tolerance given', async () => {
    const slow = (version: string) => ofVersion(version, { relations: { replica: replicaOf(1, 250) } });
    const path = '/v1/bdbs/7/availability';
    expect((await get(slow('7.22.2-79'), `${path}?extend_check=lag`)).status).toBe(200);
    await front?.close();
    front = undefined;
    const cluster = slow('8.0.10-64');
    expect(await get(cluster, `${path}?extend_check=lag`)).toMatchObject({ status: 503, json: { error_code: 'bdb_unavailable' } });
    expect((await get(cluster, path)).status).toBe(200);
    expect(await get(cluster, `${path}?extend_check=lag&availability_lag_tolerance_ms=300`)).toMatchObject({ status: 200, text: '' });
  });

  it('keeps the last statistics of every database, and of their metrics only those asked for', async () => {
    const cluster = clusterWith({ requestsPerSecond: 1200.5 });
    const { json } = await get(cluster, '/v1/bdbs/stats/last');
    expect(json).toEqual({ '7': expect.objectContaining({ total_req: 1200.5, conns: 0 }) });
    const { json: few } = await get(cluster, '/v1/bdbs/stats/last?metrics=total_req');
    expect(few).toEqual({ '7': { stime: expect.any(String), etime: expect.any(String), total_req: 1200.5 } });
    cluster.databases.length = 0;
    expect((await get(cluster, '/v1/bdbs/stats/last')).status).toBe(404);
  });

  it('tells whether the node reaches the primary', async () => {
    expect((await get(clusterWith(), '/v1/local/node/master_healthcheck')).json).toEqual({ status: 'active' });
  });
});
