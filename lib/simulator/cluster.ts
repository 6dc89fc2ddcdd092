import type { ProxyPolicy, SyncerMode } from '../../lambdas/contracts/words.ts';
import type { Consequence } from './consequences.ts';
import type { Fault } from './faults.ts';
import type { SimulatedReplication } from './replication.ts';

/** How the tables and blocks are printed; every variant was seen in the vendor's documentation or may be met on a terminal. */
export interface Layout {
  /** Six columns of padding behind every cell instead of one space between cells. */
  stretched?: boolean;
  /** Section titles over single tables; `rladmin status` prints them always. @default true */
  titles?: boolean;
  /** Title and header in one line (`ENDPOINTS:DB:ID …`), as an old release printed them. */
  gluedTitles?: boolean;
  /** Colours around SHARDS and STATUS cells. */
  ansi?: boolean;
  crlf?: boolean;
  /** Spaces before an entry of `info`; with 3 the title of `info cluster` is in lower case. @default 4 */
  infoIndent?: 2 | 3 | 4;
  /** WATCHDOG_STATUS even when it was not asked for. */
  watchdog?: boolean;
  columnOrder?: 'documented' | 'shuffled';
  /** `Finished successfully` right behind the progress meter. */
  gluedProgress?: boolean;
  /** Which stream carries refusals: undocumented, so both can be played. @default 'stderr' */
  errorsTo?: 'stdout' | 'stderr';
}

export interface SimulatedNode {
  id: number;
  address: string;
  externalAddresses?: string[];
  hostname: string;
  role: 'master' | 'slave';
  /** `7.22.2-79`: builds before 6.2.18-43 print no `syncer_mode`. */
  version: string;
  /** As printed: `OK` or for example `DOWN, last seen 41s ago`. */
  status: string;
  quorumOnly?: boolean;
  maintenance?: boolean;
  /** Endpoints the node may serve. @default 100 */
  maxListeners?: number;
  cores?: number;
  /** `free/total` as printed while the node is up. */
  freeRam?: string;
  provisionalRam?: string;
}

export interface SimulatedShard {
  id: number;
  node: number;
  role: 'master' | 'slave';
  slots: string;
  status: string;
  usedMemory?: string;
}

export interface SimulatedEndpoint {
  /** The n of `7:n`. */
  id: number;
  policy: ProxyPolicy;
  include: number[];
  exclude: number[];
  /** Nodes whose proxies serve the endpoint now. */
  nodes: number[];
  ssl: boolean;
}

export interface SimulatedDatabase {
  id: number;
  name: string;
  /** As printed: `active`, `active-change-pending`, `active, OLD REDIS VERSION` … */
  status: string;
  module?: string;
  placement: 'dense' | 'sparse';
  replication: boolean;
  persistence: 'disabled' | 'aof' | 'snapshot';
  ossCluster: boolean;
  syncerMode: SyncerMode;
  /** Database-level policy of `info db` where it disagrees with the endpoints. @default the policy of the first endpoint */
  proxyPolicy?: ProxyPolicy;
  /** The state machine at work on the database; absent while idle. */
  execState?: { state: string; machine: string };
  /** How it replicates; rladmin shows none of it. @default not at all */
  relations?: SimulatedReplication;
  /** Requests of clients, as the statistics have them. @default 0 */
  requestsPerSecond?: number;
  /** Number of the command that last changed its settings, whoever did. @default 0 */
  changedAt?: number;
  shards: SimulatedShard[];
  endpoints: SimulatedEndpoint[];
}

/** A state machine on a database, as the actions API tells of it. */
export interface SimulatedJob {
  uid: string;
  database: number;
  machine: string;
  /** Step of the state machine. */
  state: string;
  status: 'active' | 'completed' | 'failed';
  /** Number of the command that started it. */
  startedAt: number;
  error?: string;
}

/** What arrived: the arguments of rladmin, or method, path with query, and body of a request. */
export interface LoggedCommand {
  argv: string[];
  /** Null when the caller got no answer; of a request 0 for any 2xx. */
  exitCode: number | null;
  /** Of a request. */
  status?: number;
  /** Node it arrived at, where that was said. */
  node?: number;
  /** A write that took effect before it was answered; false for reads, refusals and delayed writes. */
  applied: boolean;
}

/** A whole cluster as plain JSON, so that it survives between processes. Time is the number of commands received. */
export interface SimulatedCluster {
  /** FQDN. */
  name: string;
  nodes: SimulatedNode[];
  databases: SimulatedDatabase[];
  layout: Layout;
  upgradeMode?: boolean;
  /** Names of running tasks, for example `maintenance_on`. */
  runningActions?: string[];
  /** Jobs that run, or that the cluster still remembers. */
  jobs?: SimulatedJob[];
  /** How many further commands see the job of an accepted request run. @default 1 */
  jobCommands?: number;
  /** Other nodes pass requests on to the primary instead of sending callers there. */
  handlesRedirects?: boolean;
  /** Unit of the lag in statistics, which the vendor does not state. @default 'seconds' */
  lagStatisticsIn?: 'seconds' | 'milliseconds';
  /** Grows with every change. @default 0 */
  stateId?: number;
  latencyMs?: number;
  faults: Fault[];
  /** Every command received, oldest first; only ever appended to. */
  commands: LoggedCommand[];
  /** Refuse `syncer_mode distributed` while an endpoint is `single`; whether a real cluster does is not documented. */
  strictTune?: boolean;
  /** Node the commands are typed on, marked with `*`. @default the first node */
  localNode?: number;
  /** What faults have left for later commands. */
  consequences?: Consequence[];
}

/** @param reference - `db:7` or a database name; a bare number is a name. */
export const findDatabase = (cluster: SimulatedCluster, reference: string): SimulatedDatabase | undefined =>
  cluster.databases.find(({ id, name }) => reference === `db:${id}` || reference === name);

/** @throws Error when the cluster has no such database. */
export function databaseOf(cluster: SimulatedCluster, id: number): SimulatedDatabase {
  const database = findDatabase(cluster, `db:${id}`);
  if (!database) throw new Error(`the simulated cluster has no database db:${id}`);
  return database;
}

/** Number of the command that is being answered, from 1. */
export const commandNumber = (cluster: SimulatedCluster): number => cluster.commands.length + 1;

/** Notes that someone changed the settings of a database. */
export function noteChange(cluster: SimulatedCluster, database: SimulatedDatabase): void {
  database.changedAt = commandNumber(cluster);
  cluster.stateId = (cluster.stateId ?? 0) + 1;
}

/** Sets the mode the way `tune` does: the flags of all relations follow it. */
export function setMode(database: SimulatedDatabase, mode: SyncerMode): void {
  database.syncerMode = mode;
  delete database.relations?.crdt?.distributed;
  delete database.relations?.replica?.distributed;
}

/** The database a command speaks about: the one of its endpoint or path, else the one named behind `db`. */
export function targetOf(cluster: SimulatedCluster, argv: string[]): SimulatedDatabase | undefined {
  const uid = /^\/v\d+\/(?:local\/)?bdbs\/(\d+)/.exec(argv[1] ?? '')?.[1];
  if (uid !== undefined) return findDatabase(cluster, `db:${uid}`);
  const after = (word: string): string | undefined => (argv.includes(word) ? argv[argv.indexOf(word) + 1] : undefined);
  const endpoint = after('endpoint');
  const reference = endpoint ? `db:${endpoint.split(':')[0]}` : after('db');
  return reference === undefined ? undefined : findDatabase(cluster, reference);
}

/** Nodes without room for shards: they print SHARDS 0/0. */
export const isSetAside = (node: SimulatedNode): boolean => node.quorumOnly === true || node.maintenance === true;

function canHost(cluster: SimulatedCluster, node: SimulatedNode, database: SimulatedDatabase, endpoint: SimulatedEndpoint): boolean {
  const others = cluster.databases.flatMap(({ id, endpoints }) =>
    endpoints.filter((other) => id !== database.id || other.id !== endpoint.id),
  );
  const listeners = others.filter(({ nodes }) => nodes.includes(node.id)).length;
  return !isSetAside(node) && node.status === 'OK' && listeners < (node.maxListeners ?? 100);
}

/**
 * Nodes whose proxies serve the endpoint once the policy is applied, ascending: the policy's set, minus excluded, plus included,
 * without the nodes that cannot host an endpoint.
 */
export function boundNodes(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  endpoint: SimulatedEndpoint,
  policy: ProxyPolicy,
): number[] {
  const hosts = cluster.nodes.filter((node) => canHost(cluster, node, database, endpoint)).map(({ id }) => id);
  const allowed = hosts.filter((id) => !endpoint.exclude.includes(id));
  const withMaster = allowed.filter((id) => database.shards.some(({ role, node }) => role === 'master' && node === id));
  const included = hosts.filter((id) => endpoint.include.includes(id));
  return [...new Set([...chosenBy(policy, allowed, withMaster, endpoint.nodes), ...included])].sort((a, b) => a - b);
}

function chosenBy(policy: ProxyPolicy, allowed: number[], withMaster: number[], current: number[]): number[] {
  if (policy === 'all-nodes') return allowed;
  if (policy === 'all-master-shards') return withMaster;
  return [...current.filter((id) => allowed.includes(id)), ...withMaster, ...allowed].slice(0, 1);
}
