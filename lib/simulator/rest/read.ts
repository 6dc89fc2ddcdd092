import { findDatabase, type SimulatedCluster, type SimulatedDatabase } from '../cluster.ts';
import { answerActions } from './actions.ts';
import { clusterObject, endpointStatistics, nodeObject, nodeStatuses, policyObject } from './cluster-objects.ts';
import { databaseObject, shardObject } from './database.ts';
import { alertStates, availability, crdbObject, healthReport, lagStatistics, lastStatistics, localAvailability } from './health.ts';
import { found, noSuchDatabase, noSuchPath, problem, type RestReply, type RestRequest } from './message.ts';

/** Answers a GET. @param now - end of the newest interval of statistics. */
export function read(cluster: SimulatedCluster, request: RestRequest, now: Date): RestReply {
  const url = new URL(request.target, 'https://cluster');
  const [api, kind, ...rest] = url.pathname.split('/').slice(1);
  if (kind === 'actions' && (api === 'v1' || api === 'v2')) return answerActions(cluster, api, rest);
  if (api !== 'v1') return noSuchPath();
  switch (kind) {
    case 'cluster':
      return rest.length === 0 ? found(clusterObject(cluster)) : rest[0] === 'policy' ? found(policyObject()) : noSuchPath();
    case 'nodes':
      return readNodes(cluster, rest);
    case 'endpoints':
      return rest[0] === 'stats' ? found(endpointStatistics(cluster)) : noSuchPath();
    case 'bdbs':
      return readDatabases(cluster, rest, url.searchParams, now);
    case 'crdbs':
      return readActiveActive(cluster, rest);
    case 'local':
      return readLocally(cluster, rest, request.node);
    default:
      return noSuchPath();
  }
}

function readNodes(cluster: SimulatedCluster, [which, ...rest]: string[]): RestReply {
  if (which === undefined) return found(cluster.nodes.map((node) => nodeObject(cluster, node)));
  if (which === 'status') return found(nodeStatuses(cluster));
  const node = cluster.nodes.find(({ id }) => String(id) === which);
  if (!node) return problem(404, 'node_not_found', 'Node does not exist');
  return rest.length === 0 ? found(nodeObject(cluster, node)) : found(nodeStatuses(cluster)[which]);
}

function readDatabases(cluster: SimulatedCluster, path: string[], query: URLSearchParams, now: Date): RestReply {
  const [which, part, ...rest] = path;
  const fields = query.get('fields')?.split(',');
  const object = (database: SimulatedDatabase) => {
    const whole = Object.entries(databaseObject(cluster, database));
    return Object.fromEntries(fields ? whole.filter(([name]) => fields.includes(name)) : whole);
  };
  if (which === undefined) return found(cluster.databases.map(object));
  if (which === 'crdt_sources' || which === 'replica_sources') return readAlerts(cluster, which, part, rest[0]);
  if (which === 'stats') return part === 'last' && rest.length === 0 ? lastStatistics(cluster, query.get('metrics'), now) : noSuchPath();
  const database = findDatabase(cluster, `db:${which}`);
  if (!database) return part === 'availability' ? problem(404, 'db_not_found', 'Database does not exist') : noSuchDatabase();
  if (part === undefined) return found(object(database));
  if (part === 'shards') return found(database.shards.map((shard) => shardObject(database, shard)));
  if (part === 'availability') return availability(cluster, database, query);
  if (part === 'sync_source_stats') return lagStatistics(cluster, database, 'replica', rest[0], query, now);
  if (part === 'peer_stats') return lagStatistics(cluster, database, 'crdt', rest[0], query, now);
  return noSuchPath();
}

function readAlerts(
  cluster: SimulatedCluster,
  kind: 'crdt_sources' | 'replica_sources',
  word: string | undefined,
  uid: string | undefined,
): RestReply {
  if (word !== 'alerts') return noSuchPath();
  const relation = kind === 'crdt_sources' ? 'crdt' : 'replica';
  if (uid === undefined)
    return found(Object.fromEntries(cluster.databases.map((database) => [String(database.id), alertStates(database, relation).body])));
  const database = findDatabase(cluster, `db:${uid}`);
  return database ? alertStates(database, relation) : noSuchDatabase();
}

function readActiveActive(cluster: SimulatedCluster, [guid, part]: string[]): RestReply {
  const all = cluster.databases.flatMap((database) => (database.relations?.crdt ? [{ database, crdt: database.relations.crdt }] : []));
  if (guid === undefined) return found(all.map(({ database, crdt }) => crdbObject(cluster, database, crdt)));
  const one = all.find(({ crdt }) => crdt.guid === guid);
  if (!one) return problem(404, 'crdb_not_found', 'Database or configuration does not exist');
  if (part === undefined) return found(crdbObject(cluster, one.database, one.crdt));
  return part === 'health_report' ? found(healthReport(cluster, one.database, one.crdt)) : noSuchPath();
}

function readLocally(cluster: SimulatedCluster, path: string[], node: number): RestReply {
  if (path.join('/') === 'node/master_healthcheck') {
    const primary = cluster.nodes.find(({ role }) => role === 'master');
    const reaches = [primary, cluster.nodes.find(({ id }) => id === node)].every((found) => found?.status === 'OK');
    return found({ status: reaches ? 'active' : 'inactive' });
  }
  const [kind, uid, part, what] = path;
  if (kind !== 'bdbs' || part !== 'endpoint' || what !== 'availability') return noSuchPath();
  const database = findDatabase(cluster, `db:${uid}`);
  return database ? localAvailability(cluster, database, node) : problem(404, 'db_not_found', 'Database does not exist');
}
