import { describe, expect, it } from 'vitest';
import type { SimulatedShard } from '../../../../lib/simulator/cluster.ts';
import { addDatabase, clusterWith, demoCluster, emptyCluster, nodesUpTo } from '../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';
import { lines, read, sampleCluster } from './sample-cluster.ts';

describe('status nodes', () => {
  it('follows the documented sample: local node, several addresses, quorum-only node, node that is down', () => {
    expect(read(sampleCluster(), 'status nodes')).toBe(
      lines(
        'CLUSTER NODES:',
        'NODE:ID ROLE   ADDRESS    EXTERNAL_ADDRESS          HOSTNAME SHARDS CORES FREE_RAM      PROVISIONAL_RAM VERSION   STATUS                 ',
        '*node:1 master 10.20.0.11                           rs-a-1   3/100  8     21.4GB/30.9GB 17.02GB/25.3GB  7.22.2-79 OK                     ',
        'node:2  slave  10.20.0.12 203.0.113.12,203.0.113.42 rs-a-2   3/100  8     20.9GB/30.9GB 16.88GB/25.3GB  7.22.2-79 OK                     ',
        'node:3  slave  10.20.0.13                           rs-a-3   0/0    2     6.4GB/7.7GB   0KB/0KB         7.22.2-79 OK                     ',
        'node:4  slave  10.20.0.14                           rs-a-4   2/100  8     -/30.9GB      -/25.3GB        7.22.2-79 DOWN, last seen 41s ago',
      ),
    );
  });

  it('marks the node the command is typed on', () => {
    expect(read({ ...sampleCluster(), localNode: 2 }, 'status nodes')).toContain('\n*node:2 slave ');
  });
});

describe('status databases', () => {
  it('prints MODULE, blank for the others, as soon as one database loads a module', () => {
    expect(read(sampleCluster(), 'status databases')).toBe(
      lines(
        'DATABASES:',
        'DB:ID NAME          TYPE  MODULE STATUS SHARDS PLACEMENT REPLICATION PERSISTENCE ENDPOINT                          ',
        'db:7  orders-aa     redis        active 2      sparse    enabled     aof         redis-13007.rs-a.example.net:13007',
        'db:12 carts-replica redis search active 2      dense     enabled     snapshot    redis-13012.rs-a.example.net:13012',
      ),
    );
  });

  it('prints the state machine and the other extras after the ordinary columns', () => {
    expect(read(clusterWith({ name: 'orders-aa' }), 'status databases extra all')).toBe(
      lines(
        'DATABASES:',
        'DB:ID NAME      TYPE  STATUS SHARDS PLACEMENT REPLICATION PERSISTENCE ENDPOINT                           EXEC_STATE EXEC_STATE_MACHINE BACKUP_PROGRESS MISSING_BACKUP_TIME REDIS_VERSION',
        'db:7  orders-aa redis active 2      sparse    enabled     aof         redis-13007.rs-a.example.net:13007 N/A        N/A                N/A             N/A                 7.4.3        ',
      ),
    );
  });
});

describe('status endpoints', () => {
  it('prints a row per endpoint and proxy', () => {
    expect(read(sampleCluster(), 'status endpoints db db:7')).toBe(
      lines(
        'ENDPOINTS:',
        'DB:ID NAME      ID           NODE   ROLE              SSL',
        'db:7  orders-aa endpoint:7:1 node:1 all-master-shards No ',
        'db:7  orders-aa endpoint:7:1 node:2 all-master-shards No ',
      ),
    );
  });

  it('prints the stretched sample without a title, with list modifiers', () => {
    const cluster = emptyCluster(nodesUpTo(4).filter(({ id }) => id !== 3));
    cluster.layout = { stretched: true, titles: false };
    addDatabase(cluster, { name: 'orders-aa', masters: [2], replicas: [] });
    addDatabase(cluster, { id: 12, name: 'carts-replica', policy: 'all-nodes', exclude: [2] }).endpoints.forEach((endpoint) => {
      endpoint.ssl = true;
    });
    expect(read(cluster, 'status endpoints')).toBe(
      lines(
        'DB:ID      NAME               ID                 NODE        ROLE              SSL      ',
        'db:7       orders-aa          endpoint:7:1       node:2      single            No       ',
        'db:12      carts-replica      endpoint:12:1      node:1      all-nodes -2      Yes      ',
        'db:12      carts-replica      endpoint:12:1      node:4      all-nodes -2      Yes      ',
      ),
    );
  });

  it('prints the sample with the watchdog column and a database with two endpoints', () => {
    const cluster = emptyCluster(nodesUpTo(4));
    cluster.layout = { stretched: true, watchdog: true };
    addDatabase(cluster, { name: 'orders-aa', policy: 'all-master-shards', include: [4], masters: [1], replicas: [] });
    addDatabase(cluster, { id: 9, name: 'sessions', endpointCount: 2, masters: [2], replicas: [] }).endpoints[1]?.nodes.splice(0, 1, 1);
    expect(read(cluster, 'status endpoints')).toBe(
      lines(
        'ENDPOINTS:',
        'DB:ID      NAME           ID                NODE        ROLE                      SSL      WATCHDOG_STATUS      ',
        'db:7       orders-aa      endpoint:7:1      node:1      all-master-shards +4      No       OK                   ',
        'db:7       orders-aa      endpoint:7:1      node:4      all-master-shards +4      No       OK                   ',
        'db:9       sessions       endpoint:9:1      node:2      single                    No       OK                   ',
        'db:9       sessions       endpoint:9:2      node:1      single                    No       OK                   ',
      ),
    );
  });

  it('prints the bare header when a filter matches nothing or only issues are asked for', () => {
    const header = lines('ENDPOINTS:', 'DB:ID NAME ID NODE ROLE SSL');
    expect(read(clusterWith(), 'status endpoints issues_only')).toBe(header);
    expect(read(clusterWith(), 'status endpoints db db:70')).toBe(header);
    expect(read(clusterWith(), 'status endpoints node 3')).toBe(header);
  });

  it('filters by name and by node', () => {
    expect(read(demoCluster(), 'status endpoints db ledger')).toContain('endpoint:15:1 node:2');
    expect(read(demoCluster(), 'status endpoints node 3').split('\n').slice(2, -1)).toEqual([
      expect.stringContaining('endpoint:3:1 node:3'),
    ]);
  });

  it('keeps proxies of a node that is down among the issues', () => {
    const cluster = clusterWith({ policy: 'all-nodes' });
    Object.assign(cluster.nodes[1] ?? {}, { status: 'DOWN, last seen 5s ago' });
    expect(read(cluster, 'status endpoints issues_only').split('\n').slice(2, -1)).toEqual([expect.stringContaining('node:2')]);
  });
});

describe('status shards', () => {
  const memory = ['412.6MB', '411.9MB', '409.1MB', '408.8MB'];
  const remember = (shard: SimulatedShard, i: number) => Object.assign(shard, { usedMemory: memory[i] });

  it('follows the documented sample', () => {
    const cluster = clusterWith({ name: 'orders-aa' });
    cluster.databases[0]?.shards.forEach(remember);
    expect(read(cluster, 'status shards')).toBe(
      lines(
        'SHARDS:',
        'DB:ID NAME      ID       NODE   ROLE   SLOTS      USED_MEMORY STATUS',
        'db:7  orders-aa redis:21 node:1 master 0-8191     412.6MB     OK    ',
        'db:7  orders-aa redis:22 node:2 slave  0-8191     411.9MB     OK    ',
        'db:7  orders-aa redis:23 node:2 master 8192-16383 409.1MB     OK    ',
        'db:7  orders-aa redis:24 node:1 slave  8192-16383 408.8MB     OK    ',
      ),
    );
  });

  it('prints the backup column only on builds before 7.8.2-34', () => {
    const cluster = clusterWith();
    expect(read(cluster, 'status shards extra all')).not.toContain('BACKUP_PROGRESS');
    for (const node of cluster.nodes) node.version = '7.4.2-216';
    expect(read(cluster, 'status shards extra all')).toContain('USED_MEMORY BACKUP_PROGRESS RAM_FRAG WATCHDOG_STATUS STATUS');
  });
});

describe('status', () => {
  it('prints all tables under their titles, whatever the layout says of single tables', () => {
    const text = read({ ...demoCluster(), layout: { titles: false } }, 'status');
    expect(text.split('\n').filter((line) => line.endsWith(':'))).toEqual(['CLUSTER NODES:', 'DATABASES:', 'ENDPOINTS:', 'SHARDS:']);
  });

  it('opens with the state of the cluster and adds columns when all extras are asked for', () => {
    const text = read(demoCluster(), 'status extra all');
    const opening = ['CLUSTER:', 'OK. Cluster master: 1 (10.20.0.11)', 'Cluster health: OK, [0, 0.0, 0.0]'];
    expect(text.split('\n').slice(0, 5)).toEqual([...opening, 'failures/minute - avg1 0.00, avg15 0.00, avg60 0.00.', '']);
    expect(text).toMatch(/HOSTNAME MASTERS SLAVES OVERBOOKING_DEPTH SHARDS .* VERSION +SHA +RACK-ID STATUS/);
  });

  it.each(['status everything', 'status db db:7', 'status extra nothing', 'status nodes db db:7', 'status endpoints node two'])(
    'refuses %s',
    (line) => {
      expect(answer(demoCluster(), line.split(' '))).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('Invalid command'),
      });
    },
  );

  it('sorts by the titles asked for', () => {
    const names = read(demoCluster(), 'status databases sort NAME extra state_machine').match(/^db:\d+ +\w+/gm);
    expect(names?.map((row) => row.split(/ +/)[1])).toEqual(['carts', 'ledger', 'orders', 'profiles', 'sessions']);
  });
});
