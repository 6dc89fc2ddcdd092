import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';

/** A cluster with `orders`, db:7, and `carts`, db:12, both ready to be distributed. */
export function twoDatabases(): SimulatedCluster {
  const cluster = clusterWith();
  addDatabase(cluster, { id: 12, name: 'carts', masters: [1, 2, 3], replicas: [2, 3, 1] });
  return cluster;
}
