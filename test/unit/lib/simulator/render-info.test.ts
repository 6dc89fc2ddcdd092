import { describe, expect, it } from 'vitest';
import { clusterWith, demoCluster } from '../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';
import { lines, read, sampleCluster } from './sample-cluster.ts';

describe('info', () => {
  it('follows the documented sample for a database', () => {
    const text = lines(
      'db:7 [orders-aa]:',
      '    client_buffer_limits: 1GB (hard limit)/512MB (soft limit) in 30 seconds',
      '    slave_buffer: auto',
      '    repl_backlog: 4.3MB (4508876 bytes)',
      '    repl_timeout: 360 seconds',
      '    maxclients: 10000',
      '    oss_cluster: disabled',
      '    gradual_sync_mode: auto',
      '    slave_ha: enabled (database)',
      '    data_internode_encryption: disabled',
      '    proxy_policy: all-master-shards',
      '    db_conns_auditing: disabled',
      '    syncer_mode: centralized',
    );
    expect(read(sampleCluster(), 'info db db:7')).toBe(text);
    expect(read(sampleCluster({ infoIndent: 2 }), 'info db orders-aa')).toBe(text.replaceAll('    ', '  '));
  });

  it('prints a block per database when none is named', () => {
    expect(read(demoCluster(), 'info db').match(/^db:\d+ \[\w+\]:$/gm)).toHaveLength(5);
  });

  it('leaves the mode out on builds before 6.2.18-43', () => {
    const cluster = clusterWith();
    for (const node of cluster.nodes) node.version = '6.2.12-37';
    expect(read(cluster, 'info db db:7')).not.toContain('syncer_mode');
  });

  it('prints a database-level policy that disagrees with the endpoints', () => {
    expect(read(clusterWith({ proxyPolicy: 'all-nodes' }), 'info db db:7')).toContain('proxy_policy: all-nodes');
  });

  it('tells of upgrade mode, and names the cluster block in lower case with three spaces', () => {
    expect(read(clusterWith({}, { upgradeMode: true }), 'info cluster')).toMatch(
      /^Cluster configuration:\n[\s\S]*\n {4}upgrade mode: enabled\n/,
    );
    expect(read(clusterWith({}, { layout: { infoIndent: 3 } }), 'info cluster')).toMatch(/^cluster configuration:\n {3}\w/);
  });

  it('follows the documented sample for a quorum-only node', () => {
    expect(read(sampleCluster(), 'info node 3')).toBe(
      lines(
        'Command Output: node:3',
        '    address: 10.20.0.13',
        '    external addresses: N/A',
        '    recovery path: N/A',
        '    quorum only: enabled',
        '    max redis servers: 0',
        '    max listeners: 0',
      ),
    );
    expect(read(sampleCluster(), 'info node').match(/^Command Output: node:\d$/gm)).toHaveLength(4);
  });

  it.each(['info db db:70', 'info node 9', 'info db db:7 more', 'info everything'])('refuses %s', (line) => {
    expect(answer(clusterWith(), line.split(' '))).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('cluster running_actions', () => {
  it('lists running tasks, or says there are none', () => {
    expect(read(clusterWith(), 'cluster running_actions')).toBe('No active tasks\n');
    expect(read(clusterWith({}, { runningActions: ['maintenance_on'] }), 'cluster running_actions')).toMatch(
      /^Got 1 tasks:\n1\) Task: maintenance_on \([0-9a-f-]{36}\) Node: 1 Status: running\n$/,
    );
  });
});
