import {
  isSetAside,
  type SimulatedCluster,
  type SimulatedDatabase,
  type SimulatedEndpoint,
  type SimulatedNode,
  type SimulatedShard,
} from './cluster.ts';
import type { Column } from './table.ts';
import { isBefore } from './version.ts';

export const EXTRAS = [
  'all',
  'backups',
  'frag',
  'nodestats',
  'shardstats',
  'rack_id',
  'redis_version',
  'state_machine',
  'traffic_manually_disabled',
  'watchdog',
] as const;
export type Extra = (typeof EXTRAS)[number];

export interface EndpointRow {
  database: SimulatedDatabase;
  endpoint: SimulatedEndpoint;
  node: number;
}
export interface ShardRow {
  database: SimulatedDatabase;
  shard: SimulatedShard;
}

const wants = (extras: Extra[], extra: Extra): boolean => extras.includes('all') || extras.includes(extra);
const only = <Item>(condition: boolean, ...columns: Column<Item>[]): Column<Item>[] => (condition ? columns : []);
const healthColour = (healthy: boolean): 'green' | 'red' => (healthy ? 'green' : 'red');
const always = (text: string) => (): string => text;

export function nodeColumns(cluster: SimulatedCluster, extras: Extra[]): Column<SimulatedNode>[] {
  const local = cluster.localNode ?? cluster.nodes[0]?.id;
  const shardsOn = (node: SimulatedNode, role?: string): number =>
    cluster.databases.flatMap(({ shards }) => shards).filter((shard) => shard.node === node.id && (!role || shard.role === role)).length;
  const unlessDown = (node: SimulatedNode, ram: string): string => (node.status.startsWith('DOWN') ? ram.replace(/^[^/]*/, '-') : ram);
  return [
    { title: 'NODE:ID', value: ({ id }) => `${id === local ? '*' : ''}node:${id}` },
    { title: 'ROLE', value: ({ role }) => role },
    { title: 'ADDRESS', value: ({ address }) => address },
    { title: 'EXTERNAL_ADDRESS', value: ({ externalAddresses = [] }) => externalAddresses.join(',') },
    { title: 'HOSTNAME', value: ({ hostname }) => hostname },
    ...only<SimulatedNode>(
      wants(extras, 'nodestats'),
      { title: 'MASTERS', value: (node) => String(shardsOn(node, 'master')) },
      { title: 'SLAVES', value: (node) => String(shardsOn(node, 'slave')) },
    ),
    ...only<SimulatedNode>(extras.includes('all'), { title: 'OVERBOOKING_DEPTH', value: always('10.91GB') }),
    {
      title: 'SHARDS',
      value: (node) => (isSetAside(node) ? '0/0' : `${shardsOn(node)}/100`),
      colour: (node) => (isSetAside(node) ? 'yellow' : undefined),
    },
    { title: 'CORES', value: ({ cores = 8 }) => String(cores) },
    { title: 'FREE_RAM', value: (node) => unlessDown(node, node.freeRam ?? '20.9GB/30.9GB') },
    {
      title: 'PROVISIONAL_RAM',
      value: (node) => (isSetAside(node) ? '0KB/0KB' : unlessDown(node, node.provisionalRam ?? '16.88GB/25.3GB')),
    },
    { title: 'VERSION', value: ({ version }) => version },
    ...only<SimulatedNode>(extras.includes('all'), { title: 'SHA', value: always('5c2106') }),
    ...only<SimulatedNode>(wants(extras, 'rack_id'), { title: 'RACK-ID', value: always('-') }),
    { title: 'STATUS', value: ({ status }) => status, colour: ({ status }) => healthColour(status === 'OK') },
  ];
}

export function databaseColumns(cluster: SimulatedCluster, extras: Extra[]): Column<SimulatedDatabase>[] {
  const hasModules = cluster.databases.some(({ module }) => module !== undefined);
  return [
    { title: 'DB:ID', value: ({ id }) => `db:${id}` },
    { title: 'NAME', value: ({ name }) => name },
    { title: 'TYPE', value: always('redis') },
    ...only<SimulatedDatabase>(hasModules, { title: 'MODULE', value: ({ module = '' }) => module }),
    { title: 'STATUS', value: ({ status }) => status, colour: ({ status }) => healthColour(status === 'active') },
    { title: 'SHARDS', value: ({ shards }) => String(shards.filter(({ role }) => role === 'master').length) },
    { title: 'PLACEMENT', value: ({ placement }) => placement },
    { title: 'REPLICATION', value: ({ replication }) => (replication ? 'enabled' : 'disabled') },
    { title: 'PERSISTENCE', value: ({ persistence }) => persistence },
    { title: 'ENDPOINT', value: ({ id }) => `redis-${13000 + id}.${cluster.name}:${13000 + id}` },
    ...only<SimulatedDatabase>(
      wants(extras, 'state_machine'),
      { title: 'EXEC_STATE', value: ({ execState }) => execState?.state ?? 'N/A' },
      { title: 'EXEC_STATE_MACHINE', value: ({ execState }) => execState?.machine ?? 'N/A' },
    ),
    ...only<SimulatedDatabase>(
      wants(extras, 'backups'),
      { title: 'BACKUP_PROGRESS', value: always('N/A') },
      { title: 'MISSING_BACKUP_TIME', value: always('N/A') },
    ),
    ...only<SimulatedDatabase>(wants(extras, 'redis_version'), { title: 'REDIS_VERSION', value: always('7.4.3') }),
  ];
}

/** `all-nodes -2`: how several nodes are printed is not documented; here each gets its sign, included ones first. */
const roleOf = ({ policy, include, exclude }: SimulatedEndpoint): string =>
  [policy, ...include.map((node) => `+${node}`), ...exclude.map((node) => `-${node}`)].join(' ');

export function endpointColumns(cluster: SimulatedCluster, extras: Extra[]): Column<EndpointRow>[] {
  return [
    { title: 'DB:ID', value: ({ database }) => `db:${database.id}` },
    { title: 'NAME', value: ({ database }) => database.name },
    { title: 'ID', value: ({ database, endpoint }) => `endpoint:${database.id}:${endpoint.id}` },
    { title: 'NODE', value: ({ node }) => `node:${node}` },
    { title: 'ROLE', value: ({ endpoint }) => roleOf(endpoint) },
    { title: 'SSL', value: ({ endpoint }) => (endpoint.ssl ? 'Yes' : 'No') },
    ...only<EndpointRow>(cluster.layout.watchdog || wants(extras, 'watchdog'), { title: 'WATCHDOG_STATUS', value: always('OK') }),
  ];
}

export function shardColumns(cluster: SimulatedCluster, extras: Extra[]): Column<ShardRow>[] {
  const early = cluster.nodes.some(({ version }) => isBefore(version, '7.8.2-34'));
  return [
    { title: 'DB:ID', value: ({ database }) => `db:${database.id}` },
    { title: 'NAME', value: ({ database }) => database.name },
    { title: 'ID', value: ({ shard }) => `redis:${shard.id}` },
    { title: 'NODE', value: ({ shard }) => `node:${shard.node}` },
    { title: 'ROLE', value: ({ shard }) => shard.role },
    { title: 'SLOTS', value: ({ shard }) => shard.slots },
    { title: 'USED_MEMORY', value: ({ shard }) => shard.usedMemory ?? '409.1MB' },
    ...only<ShardRow>(early && wants(extras, 'backups'), { title: 'BACKUP_PROGRESS', value: always('N/A') }),
    ...only<ShardRow>(wants(extras, 'frag'), { title: 'RAM_FRAG', value: always('4.66MB') }),
    ...only<ShardRow>(cluster.layout.watchdog || wants(extras, 'watchdog'), { title: 'WATCHDOG_STATUS', value: always('OK') }),
    { title: 'STATUS', value: ({ shard }) => shard.status, colour: ({ shard }) => healthColour(shard.status === 'OK') },
  ];
}
