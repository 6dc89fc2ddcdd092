import type { SimulatedCluster, SimulatedDatabase, SimulatedEndpoint, SimulatedShard } from '../cluster.ts';
import { runningJob } from '../jobs.ts';
import { PLANTED_PASSWORD, type SimulatedRelation, type SimulatedSource } from '../replication.ts';
import { isBefore } from '../version.ts';

/** The command counter counts seconds from here. */
const BEGINNING = Date.parse('2026-12-01T02:00:00Z');

/** Moment of a command, ISO 8601. */
export const momentOf = (command: number): string => new Date(BEGINNING + command * 1000).toISOString().replace('.000Z', 'Z');

/** Version of the primary node. */
export const versionOf = ({ nodes }: SimulatedCluster): string =>
  (nodes.find(({ role }) => role === 'master') ?? nodes[0])?.version ?? '7.22.2-79';

/** The words that rladmin adds behind a comma are no part of the API's status. */
export const statusOf = ({ status }: SimulatedDatabase): string => status.split(',')[0] ?? status;

const sourceOf = (source: SimulatedSource) => ({
  uid: source.uid,
  uri: source.uri,
  status: source.status,
  lag: source.lagMs,
  last_error: source.lastError,
  last_update: momentOf(0),
  rdb_size: source.rdbSize,
  rdb_transferred: source.rdbTransferred,
  compression: 6,
  encryption: false,
  replication_tls_sni: '',
});

const flagOf = (database: SimulatedDatabase, relation: SimulatedRelation | undefined): boolean =>
  relation?.distributed ?? database.syncerMode === 'distributed';

/** The whole database object, secrets included. */
export function databaseObject(cluster: SimulatedCluster, database: SimulatedDatabase): Record<string, unknown> {
  const { id, name, shards, relations = {} } = database;
  const version = versionOf(cluster);
  const job = database.execState && runningJob(cluster, id);
  return {
    uid: id,
    name,
    type: 'redis',
    internal: false,
    status: statusOf(database),
    ...(job && { action_uid: job.uid }),
    background_op: [{ status: 'idle' }],
    version: '7.4.3',
    redis_version: '7.4',
    created_time: momentOf(-86_400),
    last_changed_time: momentOf(database.changedAt ?? 0),
    memory_size: 1_073_741_824,
    authentication_redis_pass: PLANTED_PASSWORD,
    authentication_admin_pass: PLANTED_PASSWORD,
    data_persistence: database.persistence,
    module_list: database.module === undefined ? [] : [{ module_name: database.module }],
    replication: database.replication,
    shards_count: shards.filter(({ role }) => role === 'master').length,
    shard_list: shards.map((shard) => shard.id),
    shards_placement: database.placement,
    oss_cluster: database.ossCluster,
    proxy_policy: database.proxyPolicy ?? database.endpoints[0]?.policy ?? 'single',
    endpoints: database.endpoints.flatMap((endpoint) => endpointObjects(cluster, database, endpoint)),
    crdt: relations.crdt !== undefined,
    crdt_guid: relations.crdt?.guid ?? '',
    crdt_replica_id: relations.crdt ? 1 : 0,
    crdt_sync: relations.crdt?.sync ?? 'disabled',
    crdt_sync_dist: flagOf(database, relations.crdt),
    crdt_sources: (relations.crdt?.sources ?? []).map(sourceOf),
    replica_sync: relations.replica?.sync ?? 'disabled',
    replica_sync_dist: flagOf(database, relations.replica),
    replica_sources: (relations.replica?.sources ?? []).map(sourceOf),
    sync: relations.replica?.sync ?? 'disabled',
    sync_sources: (relations.replica?.sources ?? []).map(sourceOf),
    ...(!isBefore(version, '6.2.18-43') && { syncer_mode: database.syncerMode }),
    support_syncer_reconf: relations.reconfigurable ?? true,
    ...(!isBefore(version, '8.0.20-19') && { traffic_manually_disabled: false }),
  };
}

/** One entry, and a second with the same uid where nodes have external addresses. Lists are absent when they are empty. */
function endpointObjects(cluster: SimulatedCluster, { id, ossCluster }: SimulatedDatabase, endpoint: SimulatedEndpoint) {
  const port = 13_000 + id;
  const nodes = endpoint.nodes.flatMap((node) => cluster.nodes.filter((candidate) => candidate.id === node));
  const entry = (type: 'internal' | 'external', addresses: string[]) => ({
    uid: `${id}:${endpoint.id}`,
    dns_name: `redis-${port}.${type === 'internal' ? 'internal.' : ''}${cluster.name}`,
    port,
    addr: addresses,
    addr_type: type,
    proxy_policy: endpoint.policy,
    ...(endpoint.include.length > 0 && { include_proxies: endpoint.include }),
    ...(endpoint.exclude.length > 0 && { exclude_proxies: endpoint.exclude }),
    oss_cluster_api_preferred_ip_type: type,
    oss_cluster_api_preferred_endpoint_type: ossCluster ? 'hostname' : 'ip',
  });
  const external = nodes.flatMap(({ externalAddresses = [] }) => externalAddresses.slice(0, 1));
  const internal = entry(
    'internal',
    nodes.map(({ address }) => address),
  );
  return external.length > 0 ? [internal, entry('external', external)] : [internal];
}

/** Numbers of shards and nodes are strings here, as in the vendor's samples. */
export const shardObject = ({ id }: SimulatedDatabase, shard: SimulatedShard) => ({
  uid: String(shard.id),
  bdb_uid: id,
  node_uid: String(shard.node),
  role: shard.role,
  assigned_slots: shard.slots,
  status: shard.status === 'OK' ? 'active' : 'inactive',
  detailed_status: shard.status === 'OK' ? 'ok' : 'down',
  loading: { status: 'idle' },
  report_timestamp: momentOf(0),
});
