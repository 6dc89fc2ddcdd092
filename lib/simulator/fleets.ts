import type { ProxyPolicy, SyncerMode } from '../../lambdas/contracts/words.ts';
import {
  boundNodes,
  type SimulatedCluster,
  type SimulatedDatabase,
  type SimulatedEndpoint,
  type SimulatedNode,
  type SimulatedShard,
} from './cluster.ts';
import { activeActive, replicaOf } from './replication.ts';

const SLOTS = 16_384;

/** Nodes 1 to `count`, the first being the master of the cluster. */
export const nodesUpTo = (count: number): SimulatedNode[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    address: `10.20.0.${11 + i}`,
    hostname: `rs-a-${i + 1}`,
    role: i === 0 ? 'master' : 'slave',
    version: '7.22.2-79',
    status: 'OK',
  }));

/**
 * A pair of shards per entry, the slots divided evenly.
 * @param masters - node of each master.
 * @param replicas - node of each replica, in the order of the masters; fewer or none when not replicated.
 * @param firstId - number of the first shard.
 */
export function shardsOn(masters: number[], replicas: number[], firstId: number): SimulatedShard[] {
  const width = SLOTS / masters.length;
  return masters.flatMap((master, i) => {
    const slots = `${Math.floor(i * width)}-${Math.floor((i + 1) * width) - 1}`;
    const replica = replicas[i];
    const shard = (offset: number, node: number, role: 'master' | 'slave'): SimulatedShard => ({
      id: firstId + 2 * i + offset,
      node,
      role,
      slots,
      status: 'OK',
    });
    return [shard(0, master, 'master'), ...(replica === undefined ? [] : [shard(1, replica, 'slave')])];
  });
}

const firstFreeShard = ({ databases }: SimulatedCluster): number =>
  Math.max(20, ...databases.flatMap(({ shards }) => shards.map(({ id }) => id))) + 1;

export interface DatabaseOptions extends Partial<Omit<SimulatedDatabase, 'endpoints' | 'shards'>> {
  /** Policy of every endpoint. @default 'single' */
  policy?: ProxyPolicy;
  include?: number[];
  exclude?: number[];
  /** @default 1 */
  endpointCount?: number;
  /** Node of each master. @default [1, 2] */
  masters?: number[];
  /** Node of each replica. @default [2, 1] */
  replicas?: number[];
}

/** Adds a database whose endpoints are bound as its policy says. @default db:7 `orders`, active, single, centralized */
export function addDatabase(cluster: SimulatedCluster, options: DatabaseOptions = {}): SimulatedDatabase {
  const { policy = 'single', include = [], exclude = [], endpointCount = 1, masters = [1, 2], replicas = [2, 1], ...settings } = options;
  const id = settings.id ?? 7;
  const database: SimulatedDatabase = {
    id,
    name: 'orders',
    status: 'active',
    placement: 'sparse',
    replication: replicas.length > 0,
    persistence: 'aof',
    ossCluster: false,
    syncerMode: 'centralized',
    ...settings,
    shards: shardsOn(masters, replicas, firstFreeShard(cluster)),
    endpoints: [],
  };
  cluster.databases.push(database);
  for (let n = 1; n <= endpointCount; n++) {
    const endpoint: SimulatedEndpoint = { id: n, policy, include, exclude, nodes: [], ssl: false };
    endpoint.nodes = boundNodes(cluster, database, endpoint, policy);
    database.endpoints.push(endpoint);
  }
  return database;
}

export const emptyCluster = (nodes: SimulatedNode[]): SimulatedCluster => ({
  name: 'rs-a.example.net',
  nodes,
  databases: [],
  layout: {},
  faults: [],
  commands: [],
});

/** Three nodes and one database, db:7 `orders` on two of them; further settings of the cluster in the second argument. */
export function clusterWith(options: DatabaseOptions = {}, settings: Partial<SimulatedCluster> = {}): SimulatedCluster {
  // Its faults count what they have seen, which is nothing to whoever scripts the same for another cluster.
  const cluster = { ...emptyCluster(nodesUpTo(3)), ...settings, faults: structuredClone(settings.faults ?? []) };
  addDatabase(cluster, options);
  return cluster;
}

/** Four nodes, the last quorum-only, and one database per situation an operator meets. */
export function demoCluster(): SimulatedCluster {
  const quorum: Partial<SimulatedNode> = { quorumOnly: true, cores: 2, freeRam: '6.4GB/7.7GB' };
  const cluster = emptyCluster(nodesUpTo(4).map((node) => (node.id === 4 ? { ...node, ...quorum } : node)));
  const distributed: SyncerMode = 'distributed';
  // Already there.
  const sessions = activeActive(['rs-b.example.net', 'rs-c.example.net'], 41, '1f0e6a57-4a0c-4a35-9c11-5b0f1d0e0003');
  addDatabase(cluster, { id: 3, name: 'sessions', policy: 'all-nodes', syncerMode: distributed, relations: { crdt: sessions } });
  // Ready to be switched.
  addDatabase(cluster, { id: 7, name: 'orders', relations: { replica: replicaOf(2) } });
  // Flagged distributed behind one proxy, the resting state of newer clusters.
  addDatabase(cluster, {
    id: 9,
    name: 'profiles',
    masters: [2, 3],
    replicas: [3, 2],
    syncerMode: distributed,
    relations: { replica: replicaOf(1, 12) },
  });
  addDatabase(cluster, { id: 12, name: 'carts', masters: [1, 2, 3], replicas: [2, 3, 1], relations: { crdt: activeActive() } });
  // Both masters on one node: all-master-shards would give a single proxy.
  addDatabase(cluster, {
    id: 15,
    name: 'ledger',
    placement: 'dense',
    masters: [2, 2],
    replicas: [3, 3],
    persistence: 'snapshot',
    relations: { replica: replicaOf(1) },
  });
  return cluster;
}
