import { INVALID_COMMAND, type Reply, refusal } from './behaviour.ts';
import { findDatabase, isSetAside, type SimulatedCluster, type SimulatedDatabase, type SimulatedNode } from './cluster.ts';
import { isBefore } from './version.ts';

const USAGE = 'usage: info { cluster | db [ { db:<id> | <name> } ] | node [ <id> ] }';

const enabled = (flag: boolean | undefined): string => (flag ? 'enabled' : 'disabled');
const block = (cluster: SimulatedCluster, header: string, entries: [key: string, value: string][]): string =>
  [header, ...entries.map(([key, value]) => `${' '.repeat(cluster.layout.infoIndent ?? 4)}${key}: ${value}`)].join('\n');

/** `rladmin info cluster | db | node`. */
export function renderInfo(cluster: SimulatedCluster, argv: string[]): Reply {
  const [, kind, reference, ...rest] = argv;
  if (rest.length > 0) return refusal(`${INVALID_COMMAND}\n${USAGE}`);
  if (kind === 'cluster' && reference === undefined) return { ok: true, text: clusterBlock(cluster) };
  if (kind === 'db') return databaseBlocks(cluster, reference);
  if (kind === 'node') return nodeBlocks(cluster, reference);
  return refusal(`${INVALID_COMMAND}\n${USAGE}`);
}

/** `rladmin cluster running_actions`; state machines of databases are not listed here (undocumented whether they are). */
export function renderRunningActions({ runningActions = [], nodes }: SimulatedCluster): Reply {
  if (runningActions.length === 0) return { ok: true, text: 'No active tasks' };
  const uid = (i: number): string => `5b0f1d0e-6a57-4a0c-9a35-${String(i).padStart(12, '0')}`;
  const tasks = runningActions.map((task, i) => `${i + 1}) Task: ${task} (${uid(i + 1)}) Node: ${nodes[0]?.id} Status: running`);
  return { ok: true, text: [`Got ${tasks.length} tasks:`, ...tasks].join('\n') };
}

function clusterBlock(cluster: SimulatedCluster): string {
  const header = cluster.layout.infoIndent === 3 ? 'cluster configuration:' : 'Cluster configuration:';
  return block(cluster, header, [
    ['default_non_sharded_proxy_policy', 'single'],
    ['default_sharded_proxy_policy', 'all-master-shards'],
    ['show_internals', 'disabled'],
    ['login_lockout_threshold', '5'],
    ['endpoint_rebind_propagation_grace_time', '15'],
    ['watchdog profile', 'local-network'],
    ['upgrade mode', enabled(cluster.upgradeMode)],
    ['cnm_https_port', '9443'],
  ]);
}

function databaseBlocks(cluster: SimulatedCluster, reference: string | undefined): Reply {
  const wanted = reference === undefined ? cluster.databases : [findDatabase(cluster, reference) ?? []].flat();
  if (reference !== undefined && wanted.length === 0) return refusal(`ERROR: Database ${reference} does not exist`);
  return { ok: true, text: wanted.map((database) => databaseBlock(cluster, database)).join('\n') };
}

function databaseBlock(cluster: SimulatedCluster, database: SimulatedDatabase): string {
  const printsMode = !cluster.nodes.some(({ version }) => isBefore(version, '6.2.18-43'));
  return block(cluster, `db:${database.id} [${database.name}]:`, [
    ['client_buffer_limits', '1GB (hard limit)/512MB (soft limit) in 30 seconds'],
    ['slave_buffer', 'auto'],
    ['repl_backlog', '4.3MB (4508876 bytes)'],
    ['repl_timeout', '360 seconds'],
    ['maxclients', '10000'],
    ['oss_cluster', enabled(database.ossCluster)],
    ['gradual_sync_mode', 'auto'],
    ['slave_ha', 'enabled (database)'],
    ['data_internode_encryption', 'disabled'],
    ['proxy_policy', database.proxyPolicy ?? database.endpoints[0]?.policy ?? 'single'],
    ['db_conns_auditing', 'disabled'],
    ...(printsMode ? ([['syncer_mode', database.syncerMode]] satisfies [string, string][]) : []),
  ]);
}

function nodeBlocks(cluster: SimulatedCluster, reference: string | undefined): Reply {
  const wanted = cluster.nodes.filter(({ id }) => reference === undefined || reference === String(id));
  if (wanted.length === 0) return refusal(`ERROR: Node ${reference} does not exist`);
  return { ok: true, text: wanted.map((node) => nodeBlock(cluster, node)).join('\n') };
}

const nodeBlock = (cluster: SimulatedCluster, node: SimulatedNode): string =>
  block(cluster, `Command Output: node:${node.id}`, [
    ['address', node.address],
    ['external addresses', node.externalAddresses?.join(',') || 'N/A'],
    ['recovery path', 'N/A'],
    ['quorum only', enabled(node.quorumOnly)],
    ['max redis servers', isSetAside(node) ? '0' : '100'],
    ['max listeners', String(isSetAside(node) ? 0 : (node.maxListeners ?? 100))],
  ]);
