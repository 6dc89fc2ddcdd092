import { StepError } from '../../contracts/errors.ts';
import type { DatabaseFacts, EndpointFacts, NodeFacts } from '../../contracts/facts.ts';
import { type DatabaseId, SYNCER_MODES, type SyncerMode } from '../../contracts/words.ts';
import { assertSsl, databaseId, endpointId, endpointRole, hostsShards, nodeId, shardRole } from './cells.ts';
import { type DatabaseInfo, entryOf, readSwitch } from './info.ts';
import { TABLE_NAMES, type TableName, type TableRow, type Tables } from './tables.ts';
import { notUnderstood } from './text.ts';

/** The four tables of `rladmin status`, all printed. */
export type ClusterTables = Record<TableName, TableRow[]>;

export const missingTables = (tables: Tables): TableName[] => TABLE_NAMES.filter((name) => tables[name] === undefined);

const ascending = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b);

export interface ListedDatabase {
  readonly id: DatabaseId;
  readonly name: string;
  readonly row: TableRow;
}

export const listDatabases = ({ databases }: Pick<ClusterTables, 'databases'>): ListedDatabase[] =>
  databases.map((row) => ({ id: databaseId(row), name: row.cell('NAME'), row }));

/** Nodes that print room for no shard: quorum-only or in maintenance, which only `info node` tells apart. */
export const emptyNodes = ({ nodes }: Pick<ClusterTables, 'nodes'>): number[] =>
  nodes.filter((row) => !hostsShards(row)).map((row) => nodeId(row, 'NODE:ID'));

/** What the node that printed the table says of itself, when it is not `OK`. The star marks it. */
export function ailingLocalNode({ nodes }: Pick<ClusterTables, 'nodes'>): string | undefined {
  const local = nodes.find((row) => row.cell('NODE:ID').startsWith('*'));
  const status = local?.cell('STATUS');
  return local && status !== 'OK' ? `node ${nodeId(local, 'NODE:ID')} answers and is "${status}" itself` : undefined;
}

function readNodes({ nodes }: ClusterTables, quorumOnly: ReadonlySet<number>): NodeFacts[] {
  const read = nodes.map((row): NodeFacts => {
    const id = nodeId(row, 'NODE:ID');
    const kind = hostsShards(row) ? 'data' : quorumOnly.has(id) ? 'quorum-only' : 'empty';
    return { id, status: row.cell('STATUS'), version: row.optional('VERSION') ?? '', kind };
  });
  const twice = read.find((node, index) => read.findIndex((other) => other.id === node.id) !== index);
  if (twice) throw notUnderstood(`node ${twice.id} is printed twice`);
  return read.sort((a, b) => a.id - b.id);
}

/** One row per endpoint and proxy. Rows that disagree about the policy were printed in the middle of a rebind. */
function readEndpoints(rows: TableRow[]): EndpointFacts[] {
  const endpoints = new Map<string, EndpointFacts>();
  for (const row of rows) {
    assertSsl(row);
    const [id, role, node] = [endpointId(row), endpointRole(row), nodeId(row, 'NODE')];
    const known = endpoints.get(id);
    const { nodes = [], ...earlier } = known ?? {};
    if (known && JSON.stringify(earlier) !== JSON.stringify({ id, ...role }))
      throw new StepError('DatabaseBusyError', `the rows of endpoint ${id} disagree about its policy: a rebind is going on`);
    endpoints.set(id, { id, ...role, nodes: ascending([...nodes, node]) });
  }
  return [...endpoints.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** EXEC_STATE is printed only by `extra state_machine`; `N/A` means idle. */
function readJob(row: TableRow): string | null | undefined {
  const state = row.optional('EXEC_STATE');
  if (state === undefined) return undefined;
  const machine = row.optional('EXEC_STATE_MACHINE') ?? 'N/A';
  return state === 'N/A' && machine === 'N/A' ? null : `${machine} (${state})`;
}

function readMode({ entries }: DatabaseInfo, id: DatabaseId): SyncerMode {
  const value = entryOf(entries, 'syncer_mode');
  if (value === undefined) throw notUnderstood(`info db ${id} printed no syncer_mode: it does so since 6.2.18-43`);
  const mode = SYNCER_MODES.find((candidate) => candidate === value);
  if (!mode) throw notUnderstood(`info db ${id} printed an unknown syncer_mode`, value);
  return mode;
}

/** A node that appears in one table and not in the table of nodes means that one of the two is cut or from another moment. */
function requireKnown(nodes: NodeFacts[], rows: TableRow[]): void {
  const known = new Set(nodes.map((node) => node.id));
  const stranger = rows.find((row) => !known.has(nodeId(row, 'NODE')));
  if (stranger) throw notUnderstood('a row names a node that the table of nodes does not have', stranger.line);
}

/**
 * The facts about one database out of the tables and its `info db` block.
 * @throws StepError `ClusterOutputError` where the parts contradict each other.
 */
export function assembleFacts(
  cluster: string,
  { id, name, row }: ListedDatabase,
  tables: ClusterTables,
  info: DatabaseInfo,
  quorumOnly: ReadonlySet<number>,
  readAt: string,
): DatabaseFacts {
  if (info.name !== name) throw notUnderstood(`status calls ${id} "${name}", info calls it "${info.name}"`, row.line);
  const ofDatabase = (candidate: TableRow) => databaseId(candidate) === id;
  const [endpointRows, shardRows] = [tables.endpoints.filter(ofDatabase), tables.shards.filter(ofDatabase)];
  const misnamed = endpointRows.find((candidate) => candidate.cell('NAME') !== name);
  if (misnamed) throw notUnderstood(`an endpoint of ${id} carries another name than "${name}"`, misnamed.line);
  const nodes = readNodes(tables, quorumOnly);
  requireKnown(nodes, [...endpointRows, ...shardRows]);
  const databasePolicy = entryOf(info.entries, 'proxy_policy');
  const ossCluster = readSwitch(entryOf(info.entries, 'oss_cluster'));
  const job = readJob(row);
  return {
    database: { cluster, id, name },
    readAt,
    status: row.cell('STATUS'),
    ...(job !== undefined && { job }),
    syncerMode: readMode(info, id),
    ...(databasePolicy !== undefined && { databasePolicy }),
    ...(ossCluster !== undefined && { ossCluster }),
    endpoints: readEndpoints(endpointRows),
    primaryNodes: ascending(shardRows.filter((shard) => shardRole(shard) === 'master').map((shard) => nodeId(shard, 'NODE'))),
    sickShards: shardRows
      .filter((shard) => shard.cell('STATUS') !== 'OK')
      .map((shard) => `${shard.cell('ID')} is "${shard.cell('STATUS')}"`),
    nodes,
  };
}
