import { PROXY_POLICIES, type ProxyPolicy, SYNCER_MODES, type SyncerMode } from '../../lambdas/contracts/words.ts';
import {
  boundNodes,
  findDatabase,
  noteChange,
  type SimulatedCluster,
  type SimulatedDatabase,
  type SimulatedEndpoint,
  setMode,
} from './cluster.ts';

/** What a command says, without the last line break, and whether it exits with 0. */
export interface Reply {
  ok: boolean;
  text: string;
}

export const INVALID_COMMAND = 'ERROR: Invalid command';
const BIND_USAGE =
  'usage: bind [ db { db:<id> | <name> } ] endpoint <id> { policy { single | all-master-shards | all-nodes } | include <proxy> .. | exclude <proxy> .. }';
const TUNE_USAGE = 'usage: tune db { db:<id> | <name> } syncer_mode { distributed | centralized }';

// Refusals are not documented word for word; only "Nothing to do" was seen on real clusters.
export const refusal = (text: string): Reply => ({ ok: false, text });
const isOneOf = <Word extends string>(words: readonly Word[], word: string | undefined): word is Word =>
  words.some((known) => known === word);
const sameNumbers = (a: number[], b: number[]): boolean => String([...a].sort()) === String([...b].sort());

/** Commands that change something; all others only read. */
export const isWrite = (argv: string[]): boolean => argv[0] === 'bind' || argv[0] === 'tune';

/** What a write that worked prints. */
export function successOf(cluster: SimulatedCluster, argv: string[]): Reply {
  const glue = cluster.layout.gluedProgress ? '' : '\n';
  const progress = argv[0] === 'tune' ? 'Tuning database: o' : 'Executing bind endpoint: OOO.';
  return { ok: true, text: `${progress}${glue}Finished successfully` };
}

/** Runs `bind` or `tune` against the cluster, changing it in place unless refused. */
export const runWrite = (cluster: SimulatedCluster, argv: string[]): Reply =>
  argv[0] === 'tune' ? tune(cluster, argv) : bind(cluster, argv);

function tune(cluster: SimulatedCluster, argv: string[]): Reply {
  const [, kind, reference, parameter, mode, ...rest] = argv;
  const wellFormed = kind === 'db' && reference !== undefined && parameter === 'syncer_mode' && rest.length === 0;
  if (!wellFormed || !isOneOf(SYNCER_MODES, mode)) return refusal(`${INVALID_COMMAND}\n${TUNE_USAGE}`);
  const database = findDatabase(cluster, reference);
  if (!database) return refusal(`ERROR: Database ${reference} does not exist`);
  return busy(database) ?? tuneMode(cluster, database, mode, argv);
}

function tuneMode(cluster: SimulatedCluster, database: SimulatedDatabase, mode: SyncerMode, argv: string[]): Reply {
  const single = database.endpoints.some(({ policy }) => policy === 'single');
  if (cluster.strictTune && mode === 'distributed' && single)
    return refusal('ERROR: distributed syncer mode requires proxy policy all-nodes or all-master-shards');
  setMode(database, mode);
  noteChange(cluster, database);
  return successOf(cluster, argv);
}

function bind(cluster: SimulatedCluster, argv: string[]): Reply {
  const scoped = argv[1] === 'db';
  const [word, id, verb, ...operands] = argv.slice(scoped ? 3 : 1);
  if (word !== 'endpoint' || id === undefined) return refusal(`${INVALID_COMMAND}\n${BIND_USAGE}`);
  const scope = scoped ? argv[2] : undefined;
  if (scope !== undefined && !findDatabase(cluster, scope)) return refusal(`ERROR: Database ${scope} does not exist`);
  const [database, endpoint] = findEndpoint(cluster, id);
  if (!database || !endpoint) return refusal(`ERROR: Endpoint ${id} does not exist`);
  if (scope !== undefined && findDatabase(cluster, scope) !== database)
    return refusal(`ERROR: Endpoint ${id} does not belong to database ${scope}`);
  const wanted = wantedOf(cluster, endpoint, verb, operands);
  if ('ok' in wanted) return wanted;
  return busy(database) ?? rebind(cluster, database, endpoint, wanted, argv);
}

function findEndpoint(cluster: SimulatedCluster, id: string): [SimulatedDatabase | undefined, SimulatedEndpoint | undefined] {
  const database = cluster.databases.find((candidate) => candidate.endpoints.some((endpoint) => id === `${candidate.id}:${endpoint.id}`));
  return [database, database?.endpoints.find((endpoint) => id === `${database.id}:${endpoint.id}`)];
}

type Binding = Pick<SimulatedEndpoint, 'policy' | 'include' | 'exclude'>;

function wantedOf(cluster: SimulatedCluster, endpoint: SimulatedEndpoint, verb: string | undefined, operands: string[]): Binding | Reply {
  const [policy, ...rest] = operands;
  if (verb === 'policy' && isOneOf(PROXY_POLICIES, policy) && rest.length === 0) return { policy, include: [], exclude: [] };
  const wellFormed = operands.length > 0 && operands.every((operand) => /^[1-9]\d*$/.test(operand));
  if ((verb !== 'include' && verb !== 'exclude') || !wellFormed) return refusal(`${INVALID_COMMAND}\n${BIND_USAGE}`);
  const nodes = operands.map(Number);
  const unknown = nodes.find((node) => !cluster.nodes.some(({ id }) => id === node));
  if (unknown !== undefined) return refusal(`ERROR: Proxy ${unknown} does not exist`);
  // Seen on real clusters for include: the node leaves the other list. Exclude is taken to mirror it.
  const other = endpoint[verb === 'include' ? 'exclude' : 'include'].filter((node) => !nodes.includes(node));
  return verb === 'include'
    ? { policy: endpoint.policy, include: nodes, exclude: other }
    : { policy: endpoint.policy, include: other, exclude: nodes };
}

function rebind(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  endpoint: SimulatedEndpoint,
  wanted: Binding,
  argv: string[],
): Reply {
  const hasLists = wanted.include.length + wanted.exclude.length > 0;
  if (database.ossCluster && (wanted.policy === 'single' || hasLists))
    return refusal('ERROR: invalid_oss_cluster_configuration: policy single and proxy lists are not allowed with the OSS Cluster API');
  const nodes = boundNodes(cluster, database, { ...endpoint, ...wanted }, wanted.policy);
  if (nodes.length === 0) return refusal('ERROR: no available proxies for binding an endpoint');
  const inForce =
    wanted.policy === endpoint.policy &&
    sameNumbers(wanted.include, endpoint.include) &&
    sameNumbers(wanted.exclude, endpoint.exclude) &&
    sameNumbers(nodes, endpoint.nodes);
  if (inForce) return refusal('Nothing to do');
  Object.assign(endpoint, wanted, { nodes });
  noteChange(cluster, database);
  return successOf(cluster, argv);
}

/** Whether a database takes no changes now. */
export const isBusy = (database: SimulatedDatabase): boolean => database.status !== 'active' || database.execState !== undefined;

function busy(database: SimulatedDatabase): Reply | undefined {
  if (!isBusy(database)) return undefined;
  return refusal(`ERROR: Database db:${database.id} is busy (status: ${database.status}), try again later`);
}

/** Applies a policy and its lists without a command, the way another owner of the cluster would. */
export function impose(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  wanted: { policy?: ProxyPolicy; include?: number[]; exclude?: number[] },
): void {
  for (const endpoint of database.endpoints) {
    if (wanted.policy) Object.assign(endpoint, { policy: wanted.policy, include: [], exclude: [] });
    if (wanted.include) endpoint.include = wanted.include;
    if (wanted.exclude) endpoint.exclude = wanted.exclude;
    endpoint.nodes = boundNodes(cluster, database, endpoint, endpoint.policy);
  }
}
