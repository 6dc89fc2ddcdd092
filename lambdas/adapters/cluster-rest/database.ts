import { StepError } from '../../contracts/errors.ts';
import type { SourceHealth } from '../../contracts/health.ts';
import {
  type DatabaseId,
  type EndpointId,
  PROXY_POLICIES,
  type ProxyPolicy,
  type Relation,
  type ReplicationKind,
  SYNCER_MODES,
  type SyncerMode,
} from '../../contracts/words.ts';
import type { Fields } from './decode.ts';
import * as decode from './decode.ts';
import { redactText } from './redact.ts';

/** Asked for by name, so that passwords and keys are never sent to us. The sources carry some all the same and are dropped here. */
const DATABASE_FIELDS = [
  'uid,name,type,internal,status,action_uid,last_changed_time',
  'crdt,crdt_guid,crdt_sync,crdt_sync_dist,crdt_sources,replica_sync,replica_sync_dist,replica_sources',
  'syncer_mode,support_syncer_reconf,proxy_policy,endpoints,oss_cluster,traffic_manually_disabled,version',
].join(',');

export const databasePath = (uid: number): string => `/v1/bdbs/${uid}`;
export const databaseQuery = (uid: number): string => `${databasePath(uid)}?fields=${DATABASE_FIELDS}`;
export const databasesQuery = `/v1/bdbs?fields=${DATABASE_FIELDS}`;

/** An endpoint as its database shows it. The nodes that serve it are not part of that. */
export interface RestEndpoint {
  readonly id: EndpointId;
  readonly policy: ProxyPolicy;
  readonly include: number[];
  readonly exclude: number[];
  readonly addresses: string[];
}

export interface RestDatabase {
  readonly id: DatabaseId;
  readonly uid: number;
  readonly name: string;
  readonly status: string;
  readonly actionUid: string | undefined;
  readonly lastChangedTime: string | undefined;
  readonly kind: ReplicationKind | undefined;
  readonly crdtGuid: string | undefined;
  readonly sync: { readonly relation: Relation; readonly state: string }[];
  /** The writable flags, where the version has them. */
  readonly distributed: Readonly<Record<Relation, boolean | undefined>>;
  readonly syncerMode: SyncerMode | undefined;
  readonly reconfigurable: boolean | undefined;
  readonly policy: string | undefined;
  readonly ossCluster: boolean | undefined;
  readonly endpoints: RestEndpoint[];
  readonly sources: SourceHealth[];
}

export const ascending = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b);

const nodeNumbers = (fields: Fields, name: string, place: string): number[] =>
  ascending((decode.optionalList(fields, name, place) ?? []).map((node, index) => decode.idFrom(node, `${place}.${name}[${index}]`)));

function endpointOf(value: unknown, uid: number, place: string): RestEndpoint {
  const fields = decode.fieldsOf(value, place);
  const id = decode.text(fields, 'uid', place);
  const [, database, number] = /^([1-9]\d{0,8}):([1-9]\d{0,8})$/.exec(id) ?? [];
  if (Number(database) !== uid) throw decode.notUnderstood(`${place}.uid`, `expected an endpoint of database ${uid}`);
  const addresses = decode.optionalList(fields, 'addr', place) ?? [];
  return {
    id: `${uid}:${Number(number)}`,
    policy: decode.oneOf(PROXY_POLICIES, decode.text(fields, 'proxy_policy', place), `${place}.proxy_policy`),
    include: nodeNumbers(fields, 'include_proxies', place),
    exclude: nodeNumbers(fields, 'exclude_proxies', place),
    addresses: addresses.filter((address): address is string => typeof address === 'string').map((address) => address.toLowerCase()),
  };
}

/** An endpoint has one entry for each kind of address, and they share its id. */
function endpointsOf(fields: Fields, uid: number, place: string): RestEndpoint[] {
  const endpoints = new Map<EndpointId, RestEndpoint>();
  for (const [index, value] of (decode.optionalList(fields, 'endpoints', place) ?? []).entries()) {
    const { addresses, ...settings } = endpointOf(value, uid, `${place}.endpoints[${index}]`);
    const known = endpoints.get(settings.id);
    if (known && JSON.stringify({ ...known, addresses: [] }) !== JSON.stringify({ ...settings, addresses: [] }))
      throw new StepError('DatabaseBusyError', `the entries of endpoint ${settings.id} disagree about its policy: a rebind is going on`);
    endpoints.set(settings.id, { ...settings, addresses: [...new Set([...(known?.addresses ?? []), ...addresses])] });
  }
  return [...endpoints.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

function sourceOf(value: unknown, relation: Relation, place: string): SourceHealth {
  const fields = decode.fieldsOf(value, place);
  const status = decode.optionalText(fields, 'status', place) || 'not reported';
  // While a source is not in sync, its lag means nothing.
  const lagMs = status === 'in-sync' ? decode.figure(fields, 'lag') : undefined;
  const lastError = decode.label(fields, 'last_error');
  const [rdbSize, rdbTransferred] = [decode.figure(fields, 'rdb_size'), decode.figure(fields, 'rdb_transferred')];
  return {
    id: decode.label(fields, 'uid') ?? 'not reported',
    relation,
    status,
    ...(lagMs !== undefined && { lagMs }),
    ...(lastError !== undefined && { lastError: redactText(lastError) }),
    ...(rdbSize !== undefined && { rdbSize }),
    ...(rdbTransferred !== undefined && { rdbTransferred }),
  };
}

const sourcesOf = (fields: Fields, relation: Relation, place: string): SourceHealth[] =>
  (decode.optionalList(fields, `${relation}_sources`, place) ?? []).map((source, index) =>
    sourceOf(source, relation, `${place}.${relation}_sources[${index}]`),
  );

function kindOf(crdt: boolean | undefined, replicaSources: readonly unknown[] | undefined): ReplicationKind | undefined {
  // Without the list of sources, "not Active-Active" does not tell how it replicates.
  if (!crdt && replicaSources === undefined) return undefined;
  const isReplica = (replicaSources ?? []).length > 0;
  if (crdt) return isReplica ? 'both' : 'active-active';
  return isReplica ? 'replica-of' : 'none';
}

/** Relations that a database of a kind has. */
export function relationsOf(kind: ReplicationKind | undefined): Relation[] {
  if (kind === 'both') return ['crdt', 'replica'];
  if (kind === 'active-active') return ['crdt'];
  return kind === 'replica-of' ? ['replica'] : [];
}

/** Why a database is none that may be changed or judged. */
function refusalOf(fields: Fields, id: DatabaseId, place: string): string | undefined {
  if (decode.optionalFlag(fields, 'internal', place)) return `${id} is an internal database of the cluster`;
  if (decode.optionalText(fields, 'type', place) === 'memcached') return `${id} is a memcached database, which has no syncer`;
  if (decode.optionalFlag(fields, 'traffic_manually_disabled', place)) return `the traffic of ${id} is switched off by hand`;
  return undefined;
}

/** Id and name of an entry, which stand even when the rest of it cannot be read. */
export function identityOf(value: unknown, place: string): { fields: Fields; uid: number; id: DatabaseId; name: string } {
  const fields = decode.fieldsOf(value, place);
  const uid = decode.id(fields, 'uid', place);
  return { fields, uid, id: `db:${uid}`, name: decode.text(fields, 'name', place) };
}

/**
 * A database as the API shows it, without anything secret.
 * @throws StepError `ClusterOutputError` that names the field which is missing or of an unknown kind; `DatabaseBusyError` for an
 *   endpoint that is just being rebound; `PreconditionFailedError` for a database that must not be changed or judged.
 */
export function databaseOf(value: unknown): RestDatabase {
  const { fields, uid, id, name } = identityOf(value, 'database');
  const place = id;
  // Asked first: an internal database need not have what follows.
  const refusal = refusalOf(fields, id, place);
  if (refusal !== undefined) throw new StepError('PreconditionFailedError', refusal);
  const crdt = decode.optionalFlag(fields, 'crdt', place);
  const kind = kindOf(crdt, decode.optionalList(fields, 'replica_sources', place));
  const mode = decode.optionalText(fields, 'syncer_mode', place);
  const relations = relationsOf(kind);
  return {
    id,
    uid,
    name,
    status: decode.text(fields, 'status', place),
    actionUid: decode.label(fields, 'action_uid'),
    lastChangedTime: decode.label(fields, 'last_changed_time'),
    kind,
    crdtGuid: decode.optionalText(fields, 'crdt_guid', place) || undefined,
    sync: relations.map((relation) => ({
      relation,
      state: decode.optionalText(fields, `${relation}_sync`, place) || 'not reported',
    })),
    distributed: {
      crdt: decode.optionalFlag(fields, 'crdt_sync_dist', place),
      replica: decode.optionalFlag(fields, 'replica_sync_dist', place),
    },
    syncerMode: mode === undefined ? undefined : decode.oneOf(SYNCER_MODES, mode, `${place}.syncer_mode`),
    reconfigurable: decode.optionalFlag(fields, 'support_syncer_reconf', place),
    policy: decode.optionalText(fields, 'proxy_policy', place),
    ossCluster: decode.optionalFlag(fields, 'oss_cluster', place),
    endpoints: endpointsOf(fields, uid, place),
    sources: relations.flatMap((relation) => sourcesOf(fields, relation, place)),
  };
}
