import type { Layout, SimulatedCluster, SimulatedNode } from '../../../../lib/simulator/cluster.ts';
import { addDatabase, emptyCluster, nodesUpTo } from '../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';

export const read = (cluster: SimulatedCluster, line: string): string => answer(cluster, line.split(' ')).stdout;
/** A transcript line by line: trailing spaces are part of it. */
export const lines = (...expected: string[]): string => `${expected.join('\n')}\n`;

/** The cluster of the samples below, which follow the vendor's pages for `rladmin status` and `rladmin info`. */
export function sampleCluster(layout: Layout = {}): SimulatedCluster {
  const particulars: Partial<SimulatedNode>[] = [
    { freeRam: '21.4GB/30.9GB', provisionalRam: '17.02GB/25.3GB' },
    { externalAddresses: ['203.0.113.12', '203.0.113.42'] },
    { quorumOnly: true, cores: 2, freeRam: '6.4GB/7.7GB' },
    { status: 'DOWN, last seen 41s ago' },
  ];
  const cluster = { ...emptyCluster(nodesUpTo(4).map((node, i) => ({ ...node, ...particulars[i] }))), layout };
  addDatabase(cluster, { name: 'orders-aa', policy: 'all-master-shards' });
  addDatabase(cluster, {
    id: 12,
    name: 'carts-replica',
    module: 'search',
    placement: 'dense',
    persistence: 'snapshot',
    masters: [1, 2],
    replicas: [4, 4],
  });
  return cluster;
}
