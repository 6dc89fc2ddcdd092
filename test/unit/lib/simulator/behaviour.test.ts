import { describe, expect, it } from 'vitest';
import { runWrite } from '../../../../lib/simulator/behaviour.ts';
import { boundNodes, databaseOf, type SimulatedCluster } from '../../../../lib/simulator/cluster.ts';
import { clusterWith, demoCluster } from '../../../../lib/simulator/fleets.ts';

const run = (cluster: SimulatedCluster, line: string) => runWrite(cluster, line.split(' '));
const endpointOf = (cluster: SimulatedCluster, id = 7) => databaseOf(cluster, id).endpoints[0];
const bound = (cluster: SimulatedCluster, id = 7) => endpointOf(cluster, id)?.nodes;

describe('bind policy', () => {
  it('binds one proxy per node with a master under all-master-shards', () => {
    const cluster = clusterWith();
    expect(run(cluster, 'bind db db:7 endpoint 7:1 policy all-master-shards')).toEqual({
      ok: true,
      text: 'Executing bind endpoint: OOO.\nFinished successfully',
    });
    expect(bound(cluster)).toEqual([1, 2]);
  });

  it('leaves one proxy when all masters live on one node', () => {
    const cluster = demoCluster();
    expect(run(cluster, 'bind endpoint 15:1 policy all-master-shards').ok).toBe(true);
    expect(bound(cluster, 15)).toEqual([2]);
  });

  it('passes over nodes that are quorum-only, in maintenance, down or out of listeners', () => {
    const cluster = demoCluster();
    run(cluster, 'bind endpoint 7:1 policy all-nodes');
    expect(bound(cluster)).toEqual([1, 2, 3]);
    for (const limit of [{ maintenance: true }, { status: 'DOWN, last seen 41s ago' }, { maxListeners: 0 }]) {
      const limited = clusterWith();
      Object.assign(limited.nodes[2] ?? {}, limit);
      run(limited, 'bind endpoint 7:1 policy all-nodes');
      expect(bound(limited)).toEqual([1, 2]);
    }
  });

  it('keeps a proxy on a node whose last listener is its own', () => {
    const cluster = clusterWith();
    for (const node of cluster.nodes) node.maxListeners = 1;
    expect(run(cluster, 'bind endpoint 7:1 policy all-nodes').ok).toBe(true);
    expect(bound(cluster)).toEqual([1, 2, 3]);
  });

  it('keeps the proxy that is bound when narrowing to single', () => {
    const cluster = clusterWith({ policy: 'all-nodes', exclude: [1] });
    run(cluster, 'bind endpoint 7:1 policy single');
    expect(endpointOf(cluster)).toMatchObject({ policy: 'single', nodes: [2], exclude: [] });
  });

  it('clears the lists of included and excluded nodes', () => {
    const cluster = clusterWith({ policy: 'all-nodes', exclude: [2] });
    run(cluster, 'bind endpoint 7:1 policy all-master-shards');
    expect(endpointOf(cluster)).toMatchObject({ policy: 'all-master-shards', include: [], exclude: [], nodes: [1, 2] });
  });

  it('says there is nothing to do, and fails, when policy, lists and proxies are as asked for', () => {
    const cluster = clusterWith({ policy: 'all-nodes' });
    expect(run(cluster, 'bind endpoint 7:1 policy all-nodes')).toEqual({ ok: false, text: 'Nothing to do' });
  });

  it('re-applies a policy in force when the bound proxies have drifted from it', () => {
    const cluster = clusterWith({ policy: 'all-nodes' });
    Object.assign(endpointOf(cluster) ?? {}, { nodes: [1] });
    expect(run(cluster, 'bind endpoint 7:1 policy all-nodes').ok).toBe(true);
    expect(bound(cluster)).toEqual([1, 2, 3]);
  });

  it('changes one endpoint of several', () => {
    const cluster = clusterWith({ endpointCount: 2 });
    run(cluster, 'bind endpoint 7:2 policy all-nodes');
    expect(databaseOf(cluster, 7).endpoints.map(({ policy }) => policy)).toEqual(['single', 'all-nodes']);
  });

  it.each([
    ['bind endpoint 8:1 policy all-nodes', /Endpoint 8:1 does not exist/],
    ['bind endpoint 7:2 policy all-nodes', /Endpoint 7:2 does not exist/],
    ['bind endpoint endpoint:7:1 policy all-nodes', /does not exist/],
    ['bind db db:70 endpoint 7:1 policy all-nodes', /Database db:70 does not exist/],
    ['bind db db:3 endpoint 7:1 policy all-nodes', /does not belong/],
    ['bind endpoint 7:1 policy all-master-nodes', /Invalid command/],
    ['bind endpoint 7:1 policy all-nodes now', /Invalid command/],
    ['bind endpoint 7:1 exclude', /Invalid command/],
    ['bind endpoint 7:1 exclude node:2', /Invalid command/],
    ['bind endpoint 7:1 exclude 9', /Proxy 9 does not exist/],
    ['bind policy all-nodes', /Invalid command/],
  ])('refuses %s and changes nothing', (line, text) => {
    const cluster = demoCluster();
    const before = structuredClone(cluster);
    const reply = run(cluster, line);
    expect(reply.ok).toBe(false);
    expect(reply.text).toMatch(text);
    expect(cluster).toEqual(before);
  });

  it('refuses single and lists while the OSS Cluster API is enabled', () => {
    const cluster = clusterWith({ policy: 'all-nodes', ossCluster: true });
    expect(run(cluster, 'bind endpoint 7:1 policy single').ok).toBe(false);
    expect(run(cluster, 'bind endpoint 7:1 exclude 2').ok).toBe(false);
    expect(run(cluster, 'bind endpoint 7:1 policy all-master-shards').ok).toBe(true);
  });

  it('refuses when no node can host an endpoint', () => {
    const cluster = clusterWith();
    for (const node of cluster.nodes) node.maintenance = true;
    expect(run(cluster, 'bind endpoint 7:1 policy all-nodes').text).toMatch(/no available proxies for binding an endpoint/);
  });

  it.each([{ status: 'active-change-pending' }, { execState: { state: 'running', machine: 'SMUpdateBDB' } }])(
    'refuses while the database is busy: %j',
    (settings) => {
      const cluster = clusterWith(settings);
      expect(run(cluster, 'bind endpoint 7:1 policy all-nodes').text).toMatch(/busy/);
      expect(run(cluster, 'tune db db:7 syncer_mode distributed').text).toMatch(/busy/);
    },
  );
});

describe('bind include and exclude', () => {
  it('replaces the list and recomputes the proxies', () => {
    const cluster = clusterWith({ policy: 'all-nodes' });
    run(cluster, 'bind endpoint 7:1 exclude 2');
    run(cluster, 'bind endpoint 7:1 exclude 3');
    expect(endpointOf(cluster)).toMatchObject({ exclude: [3], nodes: [1, 2] });
  });

  it('adds included nodes to what the policy gives', () => {
    const cluster = clusterWith({ policy: 'all-master-shards' });
    run(cluster, 'bind endpoint 7:1 include 3');
    expect(endpointOf(cluster)).toMatchObject({ include: [3], nodes: [1, 2, 3] });
  });

  it('takes an included node off the excluded ones', () => {
    const cluster = clusterWith({ exclude: [1] });
    run(cluster, 'bind endpoint 7:1 include 1');
    expect(endpointOf(cluster)).toMatchObject({ include: [1], exclude: [], nodes: [1, 2] });
  });
});

describe('boundNodes', () => {
  it('moves single to a node with a master when the bound node cannot host it', () => {
    const cluster = clusterWith({ masters: [2, 3], replicas: [1, 1] });
    const database = databaseOf(cluster, 7);
    const endpoint = { id: 1, policy: 'single', include: [], exclude: [], nodes: [3], ssl: false } as const;
    const at = (extra: object) => boundNodes(cluster, database, { ...endpoint, include: [], exclude: [], nodes: [3], ...extra }, 'single');
    expect(at({})).toEqual([3]);
    expect(at({ exclude: [3] })).toEqual([2]);
    expect(at({ exclude: [2, 3] })).toEqual([1]);
  });
});

describe('tune syncer_mode', () => {
  it('sets the mode and says so in the documented words, also when it was set already', () => {
    const cluster = clusterWith({ policy: 'all-nodes' });
    const success = { ok: true, text: 'Tuning database: o\nFinished successfully' };
    expect(run(cluster, 'tune db db:7 syncer_mode distributed')).toEqual(success);
    expect(run(cluster, 'tune db orders syncer_mode distributed')).toEqual(success);
    expect(databaseOf(cluster, 7).syncerMode).toBe('distributed');
  });

  it('allows distributed behind a single proxy unless the cluster is strict', () => {
    expect(run(clusterWith(), 'tune db db:7 syncer_mode distributed').ok).toBe(true);
    expect(run(clusterWith({}, { strictTune: true }), 'tune db db:7 syncer_mode distributed').ok).toBe(false);
    expect(run(clusterWith({}, { strictTune: true }), 'tune db db:7 syncer_mode centralized').ok).toBe(true);
  });

  it.each([
    'tune db db:8 syncer_mode distributed',
    'tune db 7 syncer_mode distributed',
    'tune db db:7 syncer_mode both',
    'tune db db:7 mode distributed',
    'tune cluster',
  ])('refuses %s', (line) => {
    expect(run(clusterWith(), line).ok).toBe(false);
  });
});
