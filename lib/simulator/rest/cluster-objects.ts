import { isSetAside, type SimulatedCluster, type SimulatedNode } from '../cluster.ts';
import { isBefore } from '../version.ts';
import { momentOf, versionOf } from './database.ts';

const GIGABYTE = 1_073_741_824;

/** `GET /v1/cluster` */
export function clusterObject(cluster: SimulatedCluster): Record<string, unknown> {
  const version = versionOf(cluster);
  return {
    name: cluster.name,
    created_time: momentOf(-864_000),
    cnm_https_port: 9443,
    handle_redirects: cluster.handlesRedirects === true,
    upgrade_mode: cluster.upgradeMode === true,
    ...(!isBefore(version, '7.22.0-95') && { robust_crdt_syncer: true }),
    ...(!isBefore(version, '8.0.2-17') && { availability_lag_tolerance_ms: 100 }),
  };
}

/** `GET /v1/cluster/policy` */
export const policyObject = () => ({
  default_non_sharded_proxy_policy: 'single',
  default_sharded_proxy_policy: 'all-master-shards',
  endpoint_rebind_propagation_grace_time: 15,
  login_lockout_threshold: 5,
  show_internals: false,
});

const stateOf = ({ status }: SimulatedNode): string => (status.startsWith('DOWN') ? 'down' : 'active');

const shardsOn = (cluster: SimulatedCluster, node: SimulatedNode, role?: 'master' | 'slave') =>
  cluster.databases
    .flatMap(({ shards }) => shards)
    .filter((shard) => shard.node === node.id && (role === undefined || shard.role === role))
    .map(({ id }) => id);

/** An element of `GET /v1/nodes` */
export const nodeObject = (cluster: SimulatedCluster, node: SimulatedNode) => ({
  uid: node.id,
  addr: node.address,
  external_addr: node.externalAddresses ?? [],
  public_addr: '',
  status: stateOf(node),
  accept_servers: !isSetAside(node),
  max_listeners: isSetAside(node) ? 0 : (node.maxListeners ?? 100),
  max_redis_servers: isSetAside(node) ? 0 : 100,
  shard_list: shardsOn(cluster, node),
  shard_count: shardsOn(cluster, node).length,
  software_version: node.version,
  cores: node.cores ?? 8,
  total_memory: 30 * GIGABYTE,
  rack_id: '',
});

/** `GET /v1/nodes/status`, by node number. */
export const nodeStatuses = (cluster: SimulatedCluster) =>
  Object.fromEntries(
    cluster.nodes.map((node) => [
      String(node.id),
      {
        hostname: node.hostname,
        role: node.role,
        node_status: stateOf(node),
        software_version: node.version,
        cores: node.cores ?? 8,
        master_shards: shardsOn(cluster, node, 'master'),
        slave_shards: shardsOn(cluster, node, 'slave'),
        total_memory: 30 * GIGABYTE,
        total_provisional_ram: isSetAside(node) ? 0 : 25 * GIGABYTE,
        ...(node.maintenance && {
          maintenance_snapshot: { name: `maintenance_mode_node_${node.id}`, node_uid: String(node.id), created_time: momentOf(0) },
        }),
      },
    ]),
  );

const QUIET = { interval: '10sec', total_req: 0, conns: 0, egress_bytes: 0, ingress_bytes: 0 };

/** `GET /v1/endpoints/stats`: the only place where the API names the proxies of an endpoint. */
export const endpointStatistics = (cluster: SimulatedCluster) =>
  cluster.databases.flatMap(({ id, endpoints }) =>
    endpoints.flatMap((endpoint) => endpoint.nodes.map((node) => ({ uid: `${id}:${endpoint.id}:${node}`, intervals: [QUIET] }))),
  );
