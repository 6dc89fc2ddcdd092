import type { Relation } from '../../../lambdas/contracts/words.ts';
import type { SimulatedCluster, SimulatedDatabase } from '../cluster.ts';
import { PLANTED_PASSWORD, relationsOf, type SimulatedActiveActive } from '../replication.ts';
import { isBefore } from '../version.ts';
import { momentOf, statusOf, versionOf } from './database.ts';
import { found, noSuchPath, problem, type RestReply } from './message.ts';

/** Seconds of an interval, and how many of the newest are kept. */
const INTERVALS: Record<string, { seconds: number; kept: number }> = {
  '1sec': { seconds: 1, kept: 10 },
  '10sec': { seconds: 10, kept: 30 },
  '5min': { seconds: 300, kept: 12 },
  '15min': { seconds: 900, kept: 12 },
  '1hour': { seconds: 3600, kept: 12 },
  '12hour': { seconds: 43_200, kept: 12 },
  '1week': { seconds: 604_800, kept: 12 },
};

/** Compressed bytes a second. */
const USUAL_INGRESS = 18_528;

/** Statistics of the sources of a relation: `sync_source_stats` for Replica Of, `peer_stats` for Active-Active. */
export function lagStatistics(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  relation: Relation,
  source: string | undefined,
  query: URLSearchParams,
  now: Date,
): RestReply {
  const of = database.relations?.[relation];
  if (relation === 'crdt' && !of) return problem(406, 'not_crdb', 'Database is not a CRDB');
  const interval = query.get('interval') ?? '1sec';
  const { seconds, kept } = INTERVALS[interval] ?? {};
  if (seconds === undefined || kept === undefined) return problem(400, 'bad_interval', `unknown interval ${interval}`);
  const values = (of?.lagHistoryMs ?? []).slice(-kept);
  const ingress = of?.ingressBytesPerSecond ?? USUAL_INGRESS;
  const unit = cluster.lagStatisticsIn === 'milliseconds' ? 1 : 1000;
  const moment = (back: number): string => new Date(now.getTime() - back * seconds * 1000).toISOString();
  const [from, to] = [query.get('stime'), query.get('etime')];
  const intervals = values
    .map((lagMs, i) => ({
      interval,
      stime: moment(values.length - i),
      etime: moment(values.length - i - 1),
      ingress_bytes: ingress,
      ingress_bytes_decompressed: ingress * 10,
      local_ingress_lag_time: lagMs / unit,
      ...(relation === 'crdt' && { egress_bytes: 0, pending_local_writes_min: 0, pending_local_writes_max: 0 }),
    }))
    .filter(({ stime, etime }) => (!from || Date.parse(stime) >= Date.parse(from)) && (!to || Date.parse(etime) <= Date.parse(to)));
  const all = (of?.sources ?? []).map(({ uid }) => ({ uid: String(uid), intervals }));
  if (source === undefined) return found({ [relation === 'crdt' ? 'peer_stats' : 'sync_source_stats']: all });
  const one = all.find(({ uid }) => uid === source);
  return one ? found(one) : problem(404, 'source_not_found', `no source ${source}`);
}

/** How long the newest interval of the statistics of all databases is. */
const LAST_SECONDS = 7;

/**
 * The last statistics of every database, by its number. Without a choice of metrics there are many more than these.
 * @param metrics - names of those asked for; all when it is absent.
 */
export function lastStatistics({ databases }: SimulatedCluster, metrics: string | null, now: Date): RestReply {
  if (databases.length === 0) return problem(404, 'db_not_exist', 'No databases exist');
  const stime = new Date(now.getTime() - LAST_SECONDS * 1000).toISOString();
  const of = ({ requestsPerSecond = 0 }: SimulatedDatabase) => {
    const all = { conns: 0, egress_bytes: 0, ingress_bytes: 0, instantaneous_ops_per_sec: requestsPerSecond, total_req: requestsPerSecond };
    const asked = Object.entries(all).filter(([name]) => metrics === null || metrics.split(',').includes(name));
    return { stime, etime: now.toISOString(), ...Object.fromEntries(asked) };
  };
  return found(Object.fromEntries(databases.map((database) => [String(database.id), of(database)])));
}

const ALERTS = ['high_syncer_lag', 'syncer_connection_error', 'syncer_general_error'];

/** Alert states of the sources of a relation. */
export function alertStates(database: SimulatedDatabase, relation: Relation): RestReply {
  const raised = database.relations?.[relation]?.alerts;
  const prefix = relation === 'crdt' ? 'crdt_src' : 'replica_src';
  const states = [...new Set([...ALERTS, ...(raised ?? [])])].map((alert) => [
    `${prefix}_${alert}`,
    { enabled: true, state: raised?.includes(alert) === true, severity: 'WARNING', threshold: '', change_time: momentOf(0) },
  ]);
  return found(raised ? Object.fromEntries(states) : {});
}

const AVAILABLE = ['active', 'active-change-pending', 'import-pending', 'pending'];

/** The availability of the database as a whole; since 8.0.2 its lag is looked at when asked for. */
export function availability(cluster: SimulatedCluster, database: SimulatedDatabase, query: URLSearchParams): RestReply {
  const version = versionOf(cluster);
  if (isBefore(version, '7.8.2-34')) return noSuchPath();
  const serves = (nodes: number[]): boolean => cluster.nodes.some(({ id, status }) => nodes.includes(id) && status === 'OK');
  const up = database.endpoints.filter(({ nodes }) => serves(nodes)).length;
  const enough = database.ossCluster ? up === database.endpoints.length : up > 0;
  const { relations = {} } = database;
  if (!AVAILABLE.includes(statusOf(database)) || !enough || relations.available === false)
    return problem(503, 'bdb_unavailable', 'Database is not available');
  const checksLag = query.get('extend_check') === 'lag' && !isBefore(version, '8.0.2-17');
  const toleranceMs = Number(query.get('availability_lag_tolerance_ms') ?? 100);
  const lags = relationsOf(relations).flatMap(([, { sources }]) => sources.filter(({ lagMs }) => lagMs > toleranceMs));
  if (checksLag && lags.length > 0) return problem(503, 'bdb_unavailable', `replication lag exceeds ${toleranceMs} ms`);
  return { status: 200 };
}

/** Whether a listener of the database works on the node that was asked. Before 7.22.0-216 the answer was 500 where it is 503 now. */
export function localAvailability(cluster: SimulatedCluster, database: SimulatedDatabase, node: number): RestReply {
  const version = versionOf(cluster);
  if (isBefore(version, '7.8.2-34')) return noSuchPath();
  if (database.endpoints.some(({ nodes }) => nodes.includes(node))) return { status: 200 };
  const status = isBefore(version, '7.22.0-216') ? 500 : 503;
  return problem(status, 'bdb_endpoint_unavailable', 'Local database endpoint is not available');
}

/** The Active-Active database as all participating clusters know it. */
export const crdbObject = (cluster: SimulatedCluster, database: SimulatedDatabase, crdt: SimulatedActiveActive) => ({
  guid: crdt.guid,
  name: database.name,
  causal_consistency: false,
  encryption: false,
  default_db_config: { name: database.name, proxy_policy: database.proxyPolicy ?? database.endpoints[0]?.policy ?? 'single' },
  instances: [{ uid: 1, name: cluster.name }, ...crdt.peers].map(({ uid, name }) => ({
    id: uid,
    db_uid: String(database.id),
    cluster: { name, url: `https://${name}:9443`, credentials: { username: 'admin@example.net', password: PLANTED_PASSWORD } },
  })),
  local_databases: [{ bdb_uid: String(database.id), id: 1 }],
  protocol_version: 1,
});

/** An element for this cluster, and one for each peer as the peer sees it; one that cannot be reached says nothing but that. */
export function healthReport(cluster: SimulatedCluster, database: SimulatedDatabase, crdt: SimulatedActiveActive): unknown[] {
  const common = {
    guid: crdt.guid,
    name: database.name,
    active_config_version: 1,
    configurations: [{ status: 'commit-completed', version: 1 }],
  };
  const connection = (name: string, uid: number, up: boolean) => ({
    name,
    status: up ? 'ok' : 'failed',
    replication_links: [{ link_uid: `${database.id}:${uid}`, status: up ? 'up' : 'down' }],
  });
  const own = { ...common, cluster_name: cluster.name, connections: crdt.peers.map(({ name, uid, up }) => connection(name, uid, up)) };
  const others = crdt.peers.map(({ name, up }) =>
    up
      ? { ...common, cluster_name: name, connections: [connection(cluster.name, 1, true)] }
      : { ...common, cluster_name: name, connections: [], connection_error: `Failed to connect to ${name}` },
  );
  return [own, ...others];
}
