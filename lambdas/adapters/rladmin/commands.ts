import { StepError } from '../../contracts/errors.ts';
import {
  type DatabaseId,
  type EndpointId,
  PROXY_POLICIES,
  type ProxyPolicy,
  SYNCER_MODES,
  type SyncerMode,
} from '../../contracts/words.ts';
import type { Write } from '../../contracts/write.ts';

/** Arguments of one rladmin call. They are never joined into a line that a shell would read. */
export type Command = readonly string[];

// Every word of a command comes from an enum or passes a number-only pattern, so none can carry a shell character or an option.
const DATABASE_ID = /^db:[1-9][0-9]*$/;
const ENDPOINT_ID = /^[1-9][0-9]*:[1-9][0-9]*$/;

function allowed<T extends string>(value: T, permitted: RegExp | readonly string[]): T {
  const fits = permitted instanceof RegExp ? permitted.test(value) : permitted.includes(value);
  if (!fits) throw new StepError('InvalidInputError', `${JSON.stringify(value)} may not be part of an rladmin command`);
  return value;
}

const databaseArgument = (id: DatabaseId): string => allowed(id, DATABASE_ID);
const nodeArgument = (node: number): string => allowed(String(node), /^[1-9][0-9]*$/);

export const STATUS_WITH_JOBS: Command = ['status', 'extra', 'all'];
export const STATUS: Command = ['status'];
export const statusOf = (table: 'nodes' | 'databases' | 'endpoints' | 'shards'): Command => ['status', table];
/** The table of databases, with the column that tells of running jobs. */
export const DATABASES_WITH_JOBS: Command = ['status', 'databases', 'extra', 'state_machine'];
/** One table, with the rows of one database only. */
export const statusOfDatabase = (table: 'endpoints' | 'shards', id: DatabaseId): Command => ['status', table, 'db', databaseArgument(id)];
export const INFO_CLUSTER: Command = ['info', 'cluster'];
export const RUNNING_ACTIONS: Command = ['cluster', 'running_actions'];
export const INFO_ALL_DATABASES: Command = ['info', 'db'];
export const infoDatabase = (id: DatabaseId): Command => ['info', 'db', databaseArgument(id)];
export const infoNode = (node: number): Command => ['info', 'node', nodeArgument(node)];

// The database is named as well: it restricts the command to endpoints of that database.
const bind = (database: DatabaseId, endpoint: EndpointId): Command => {
  if (`db:${endpoint.split(':')[0]}` !== database)
    throw new StepError('InvalidInputError', `endpoint ${endpoint} is not one of ${database}`);
  return ['bind', 'db', databaseArgument(database), 'endpoint', allowed(endpoint, ENDPOINT_ID)];
};

export const bindPolicy = (database: DatabaseId, endpoint: EndpointId, policy: ProxyPolicy): Command => [
  ...bind(database, endpoint),
  'policy',
  allowed(policy, PROXY_POLICIES),
];

/** Replaces the whole list of that kind. */
export const bindList = (database: DatabaseId, endpoint: EndpointId, list: 'include' | 'exclude', nodes: number[]): Command => [
  ...bind(database, endpoint),
  allowed(list, ['include', 'exclude']),
  ...nodes.map(nodeArgument),
];

export const tuneSyncer = (database: DatabaseId, mode: SyncerMode): Command => [
  'tune',
  'db',
  databaseArgument(database),
  'syncer_mode',
  allowed(mode, SYNCER_MODES),
];

export function commandFor(write: Write): Command {
  switch (write.kind) {
    case 'bind-policy':
      return bindPolicy(write.database, write.endpoint, write.policy);
    case 'bind-list':
      return bindList(write.database, write.endpoint, write.list, write.nodes);
    case 'tune-syncer':
      return tuneSyncer(write.database, write.mode);
  }
}
