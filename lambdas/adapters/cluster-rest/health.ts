import type { LagStatistics, ReplicationHealth } from '../../contracts/health.ts';
import { errorCodeOf } from './answers.ts';
import type { RestNode } from './cluster-objects.ts';
import { type RestDatabase, relationsOf } from './database.ts';
import { asNumber, type Fields, label } from './decode.ts';
import type { Reader } from './reader.ts';
import { entriesOf, INTERVAL_SECONDS, intervalsOf, isFields, readSourceStatistics } from './source-statistics.ts';
import { allAtLeast } from './versions.ts';

type Peers = NonNullable<ReplicationHealth['peers']>;
type Availability = NonNullable<ReplicationHealth['availability']>;

const PLAINLY_BAD = /down|disconnect|error|fail/i;

const isUp = (connection: Fields): boolean =>
  !PLAINLY_BAD.test(label(connection, 'status') ?? '') && entriesOf(connection.replication_links).every((link) => link.status === 'up');

/**
 * Participating clusters with whether all is well between them, out of the health report: one entry for each cluster, with its
 * connections to others. A connection of a cluster to itself makes it no peer.
 */
export function peersOf(body: unknown): Peers {
  const peers = new Map<string, boolean>();
  const see = (name: string, up: boolean) => peers.set(name, up && (peers.get(name) ?? true));
  for (const report of Array.isArray(body) ? entriesOf(body) : entriesOf([body])) {
    const name = label(report, 'cluster_name') ?? label(report, 'name');
    const broken = label(report, 'connection_error') !== undefined;
    const others = entriesOf(report.connections).filter((connection) => label(connection, 'name') !== name);
    for (const connection of others) see(label(connection, 'name') ?? 'unnamed', isUp(connection));
    if (broken || others.length > 0) see(name ?? 'unnamed', !broken && others.every(isUp));
  }
  return [...peers].map(([name, up]) => ({ name, up })).sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

export async function readPeers(reader: Reader, { crdtGuid }: RestDatabase): Promise<Peers | undefined> {
  if (crdtGuid === undefined) return undefined;
  const body = await reader.optional(`/v1/crdbs/${encodeURIComponent(crdtGuid)}/health_report`);
  return body === undefined ? undefined : peersOf(body);
}

const LAG_CHECK_SINCE = '8.0.2-17';
const CHECK_SINCE = '7.8.2-0';
const NOT_AVAILABLE: ReadonlySet<number> = new Set([500, 503]);

/** The cluster's own check of the database, with the lag where a tolerance is given and the version can; undefined where it has no such check. */
export async function readAvailability(
  reader: Reader,
  { uid }: RestDatabase,
  nodes: readonly RestNode[],
  toleranceMs: number | undefined,
): Promise<Availability | undefined> {
  const versions = nodes.map((node) => node.version);
  if (!allAtLeast(versions, CHECK_SINCE)) return undefined;
  const lagChecked = toleranceMs !== undefined && allAtLeast(versions, LAG_CHECK_SINCE);
  const query = lagChecked ? `?extend_check=lag&availability_lag_tolerance_ms=${Math.round(toleranceMs)}` : '';
  const answer = await reader.get(`/v1/bdbs/${uid}/availability${query}`, { answers: [...NOT_AVAILABLE] });
  if (answer.status === 200 && !answer.isHtml) return { available: true, lagChecked };
  if (!NOT_AVAILABLE.has(answer.status)) return undefined;
  const detail = errorCodeOf(answer);
  return { available: false, lagChecked, ...(detail !== undefined && { detail }) };
}

const DEEPEST_ALERT = 4;

/** Names of the raised syncer alerts, however the answer groups them. */
export function raisedSyncerAlerts(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > DEEPEST_ALERT) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => [
    ...(/_syncer_/.test(name) && isFields(inner) && inner.state === true ? [name] : []),
    ...raisedSyncerAlerts(inner, depth + 1),
  ]);
}

export async function readAlerts(reader: Reader, { uid, kind }: RestDatabase): Promise<string[] | undefined> {
  const bodies: unknown[] = [];
  for (const relation of relationsOf(kind)) {
    const body = await reader.optional(`/v1/bdbs/${relation}_sources/alerts/${uid}`);
    if (body !== undefined) bodies.push(body);
  }
  return bodies.length === 0 ? undefined : [...new Set(bodies.flatMap((body) => raisedSyncerAlerts(body)))].sort();
}

/** Figures of all sources together, oldest first. */
export function lagValues(body: unknown): number[] {
  return intervalsOf(body)
    .flat()
    .map((interval) => ({ at: label(interval, 'stime') ?? '', value: asNumber(interval.local_ingress_lag_time) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .flatMap(({ value }) => (value !== undefined && value >= 0 ? [value] : []));
}

export async function readLagStatistics(reader: Reader, { kind, seen }: ReplicationHealth): Promise<LagStatistics | undefined> {
  const values = lagValues(await readSourceStatistics(reader, Number(seen.id.slice('db:'.length)), kind));
  return values.length === 0 ? undefined : { intervalSeconds: INTERVAL_SECONDS, values };
}
