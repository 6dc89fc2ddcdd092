/**
 * Random clusters, and a printer for them in every layout that rladmin is known to use. Written from the documentation of the
 * output; it shares nothing with the parser, the simulator or the stand-in.
 */
import * as fc from 'fast-check';
import type { DatabaseFacts } from '../../../../../lambdas/contracts/facts.ts';

interface PrintedNode {
  readonly id: number;
  readonly shards: string;
  readonly external: string;
  readonly version: string;
  readonly status: string;
  readonly quorumOnly: boolean;
}
interface PrintedEndpoint {
  readonly id: number;
  readonly policy: 'single' | 'all-master-shards' | 'all-nodes';
  readonly lists: readonly { readonly sign: '+' | '-'; readonly node: number }[];
  readonly separator: ' ' | ',' | ', ';
  readonly nodes: readonly number[];
}
interface PrintedShard {
  readonly id: number;
  readonly node: number;
  readonly role: 'master' | 'slave';
  readonly status: string;
}
export interface PrintedDatabase {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly job: readonly [state: string, machine: string];
  readonly mode: 'centralized' | 'distributed';
  readonly policy: string;
  readonly oss: 'enabled' | 'disabled' | 'enabled (database)';
  readonly endpoints: readonly PrintedEndpoint[];
  readonly shards: readonly PrintedShard[];
}
export interface PrintedCluster {
  readonly nodes: readonly PrintedNode[];
  readonly databases: readonly PrintedDatabase[];
}

export interface Layout {
  readonly gap: number;
  readonly title: 'own line' | 'glued' | 'none';
  readonly indentation: number;
  readonly colours: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly jobs: boolean;
  readonly freeText: boolean;
  readonly modules: boolean;
  readonly infoIndentation: string;
  readonly infoOthers: boolean;
  /** Drives everything that is shuffled or filled in: rows, columns, tables, values of extra columns. */
  readonly seed: number;
  readonly extraColumns: boolean;
  readonly shuffledColumns: boolean;
}

const ruledName = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/);
/** Databases of very old releases or internal ones may carry anything. */
const oddName = fc.constantFrom(
  'old name',
  'a]b',
  'x [y]',
  'db',
  'node:1',
  'ENDPOINTS:',
  '7',
  'master',
  'a: b',
  '-',
  'N/A',
  'x'.repeat(63),
);

const nodeIds = fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 });
const some = (ids: readonly number[]) => fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: ids.length });

const endpoint = (nodes: readonly number[]) =>
  fc.record({
    policy: fc.constantFrom('single' as const, 'all-master-shards' as const, 'all-nodes' as const),
    lists: fc.uniqueArray(fc.record({ sign: fc.constantFrom('+' as const, '-' as const), node: fc.constantFrom(...nodes) }), {
      maxLength: 3,
      selector: ({ node }) => node,
    }),
    separator: fc.constantFrom(' ' as const, ',' as const, ', ' as const),
    nodes: some(nodes),
  });

const shard = (nodes: readonly number[]) =>
  fc.record({
    node: fc.constantFrom(...nodes),
    role: fc.constantFrom('master' as const, 'slave' as const),
    status: fc.oneof({ weight: 4, arbitrary: fc.constant('OK') }, fc.constantFrom('LOADING', 'DOWN, last seen 3s ago', 'STALE MASTER')),
  });

const database = (nodes: readonly number[]) =>
  fc.record({
    name: fc.oneof({ weight: 4, arbitrary: ruledName }, oddName),
    status: fc.constantFrom(
      'active',
      'active',
      'active-change-pending',
      'active, OLD REDIS VERSION',
      'OLD CRDB FEATURESET VERSION',
      'recovery',
    ),
    job: fc.constantFrom(
      ['N/A', 'N/A'] as const,
      ['N/A', 'N/A'] as const,
      ['RUNNING', 'SMUpdateBDB'] as const,
      ['FINAL ERROR', 'SMRedisFailover'] as const,
    ),
    mode: fc.constantFrom('centralized' as const, 'distributed' as const),
    policy: fc.constantFrom('single', 'all-master-shards', 'all-nodes'),
    oss: fc.constantFrom('enabled' as const, 'disabled' as const, 'enabled (database)' as const),
    endpoints: fc.array(endpoint(nodes), { minLength: 1, maxLength: 3 }),
    shards: fc.array(shard(nodes), { minLength: 1, maxLength: 4 }),
  });

export const anyCluster: fc.Arbitrary<PrintedCluster> = nodeIds.chain((ids) =>
  fc
    .record({
      nodes: fc.tuple(
        ...ids.map((id) =>
          fc.record({
            id: fc.constant(id),
            shards: fc.constantFrom('3/100', '0/100', '12/250', '0/0'),
            external: fc.constantFrom('', '203.0.113.12', '203.0.113.12,203.0.113.42'),
            version: fc.constantFrom('7.22.2-79', '8.0.20-96', '100.0.21-16135'),
            status: fc.constantFrom('OK', 'OK', 'OK', 'DOWN, last seen 41s ago', 'CCS ERROR: timed out'),
            quorumOnly: fc.boolean(),
          }),
        ),
      ),
      databases: fc.array(database(ids), { minLength: 1, maxLength: 4 }),
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 130 }), { minLength: 4, maxLength: 4 }),
      firstShard: fc.integer({ min: 1, max: 90_000 }),
    })
    .map(({ nodes, databases, ids: databaseIds, firstShard }) => {
      let shardId = firstShard;
      return {
        nodes: nodes.map((node) => ({ ...node, quorumOnly: node.quorumOnly && node.shards === '0/0' })),
        databases: databases.map((one, at) => ({
          ...one,
          id: databaseIds[at] ?? 1000 + at,
          endpoints: one.endpoints.map((each, number) => ({ ...each, id: number + 1 })),
          shards: one.shards.map((each) => ({ ...each, id: shardId++ })),
        })),
      };
    }),
);

export const anyLayout: fc.Arbitrary<Layout> = fc.record({
  gap: fc.constantFrom(1, 1, 2, 5, 7),
  title: fc.constantFrom('own line' as const, 'glued' as const, 'none' as const),
  indentation: fc.constantFrom(0, 0, 2, 4),
  colours: fc.boolean(),
  lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
  jobs: fc.boolean(),
  freeText: fc.boolean(),
  modules: fc.boolean(),
  infoIndentation: fc.constantFrom('  ', '   ', '    ', '\t', ' '),
  infoOthers: fc.boolean(),
  seed: fc.nat(),
  extraColumns: fc.boolean(),
  shuffledColumns: fc.boolean(),
});

/** A small generator of its own, so that one number decides all that is random about a printing. */
function chance(seed: number): (below: number) => number {
  let state = seed % 2_147_483_647 || 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function shuffled<T>(items: readonly T[], roll: (below: number) => number): T[] {
  return items
    .map((item) => ({ item, at: roll(1_000_000) }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

type Row = Readonly<Record<string, string>>;
const EXTRA = ['WATCHDOG_STATUS', 'RACK-ID', 'RACK_ID', 'TRAFFIC_MANUALLY_DISABLED', 'SHA', 'RAM_FRAG', 'BACKUP_PROGRESS', 'X2'];
const EXTRA_VALUES = ['', '', 'OK', 'N/A', 'two words', 'db:1', 'node:2', 'all-nodes', '-', '*', 'a:b', 'endpoint:1:1', '1.04'];

interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

function tablesOf({ nodes, databases }: PrintedCluster, layout: Layout): Table[] {
  const roll = chance(layout.seed + 1);
  return [
    {
      title: 'CLUSTER NODES:',
      columns: ['NODE:ID', 'ROLE', 'ADDRESS', 'EXTERNAL_ADDRESS', 'HOSTNAME', 'SHARDS', 'CORES', 'FREE_RAM', 'VERSION', 'STATUS'],
      rows: nodes.map((node, at) => ({
        'NODE:ID': `${at === 0 ? '*' : ''}node:${node.id}`,
        ROLE: at === 0 ? 'master' : 'slave',
        ADDRESS: `10.20.0.${node.id}`,
        EXTERNAL_ADDRESS: node.external,
        HOSTNAME: roll(3) === 0 ? '' : `rs-a-${node.id}`,
        SHARDS: node.shards,
        CORES: '8',
        FREE_RAM: '21.4GB/30.9GB',
        VERSION: node.version,
        STATUS: node.status,
      })),
    },
    {
      title: 'DATABASES:',
      columns: [
        ...['DB:ID', 'NAME', 'TYPE', 'MODULE', 'STATUS', 'SHARDS', 'PLACEMENT', 'ENDPOINT'],
        ...(layout.jobs ? ['EXEC_STATE', 'EXEC_STATE_MACHINE'] : []),
      ],
      rows: databases.map((one) => ({
        'DB:ID': `db:${one.id}`,
        NAME: one.name,
        TYPE: 'redis',
        MODULE: roll(2) === 0 ? '' : 'search',
        STATUS: one.status,
        SHARDS: String(one.shards.length),
        PLACEMENT: 'sparse',
        ENDPOINT: roll(4) === 0 ? '' : `redis-${one.id}.rs-a.example.net:${13_000 + one.id}`,
        EXEC_STATE: one.job[0],
        EXEC_STATE_MACHINE: one.job[1],
      })),
    },
    {
      title: 'ENDPOINTS:',
      columns: ['DB:ID', 'NAME', 'ID', 'NODE', 'ROLE', 'SSL'],
      rows: shuffled(
        databases.flatMap((one) =>
          one.endpoints.flatMap((each) =>
            each.nodes.map((node) => ({
              'DB:ID': `db:${one.id}`,
              NAME: one.name,
              ID: `endpoint:${one.id}:${each.id}`,
              NODE: `node:${node}`,
              ROLE: roleOf(each),
              SSL: one.id % 2 === 0 ? 'Yes' : 'No',
            })),
          ),
        ),
        roll,
      ),
    },
    {
      title: 'SHARDS:',
      columns: ['DB:ID', 'NAME', 'ID', 'NODE', 'ROLE', 'SLOTS', 'USED_MEMORY', 'STATUS'],
      rows: shuffled(
        databases.flatMap((one) =>
          one.shards.map((each) => ({
            'DB:ID': `db:${one.id}`,
            NAME: one.name,
            ID: `redis:${each.id}`,
            NODE: `node:${each.node}`,
            ROLE: each.role,
            SLOTS: '0-16383',
            USED_MEMORY: '412.6MB',
            STATUS: each.status,
          })),
        ),
        roll,
      ),
    },
  ];
}

const roleOf = ({ policy, lists, separator }: PrintedEndpoint): string =>
  [policy, ...(lists.length > 0 ? [lists.map(({ sign, node }) => `${sign}${node}`).join(separator)] : [])].join(' ');

function printTable(table: Table, layout: Layout, roll: (below: number) => number): string[] {
  const [first = '', ...others] = table.columns;
  const extra = layout.extraColumns ? shuffled(EXTRA, roll).slice(0, 1 + roll(3)) : [];
  const more = layout.shuffledColumns ? shuffled([...others, ...extra], roll) : [...others, ...extra];
  const columns = [first, ...more];
  const filler = table.rows.map(() => Object.fromEntries(extra.map((title) => [title, EXTRA_VALUES[roll(EXTRA_VALUES.length)] ?? ''])));
  const cells = table.rows.map((row, at) => columns.map((title) => row[title] ?? filler[at]?.[title] ?? ''));
  const widths = columns.map((title, at) => Math.max(title.length, ...cells.map((row) => (row[at] ?? '').length)));
  const paint = (text: string) => {
    if (!layout.colours || text === '' || roll(3) > 0) return text;
    return `\u001b[${['33', '1;31', '0'][roll(3)] ?? '0'}m${text}\u001b[0m`;
  };
  const printRow = (row: readonly string[]) =>
    ' '.repeat(layout.indentation) +
    row.map((text, at) => paint(text) + ' '.repeat((widths[at] ?? 0) - text.length + (at < row.length - 1 ? layout.gap : 0))).join('');
  const header = printRow(columns);
  const rows = cells.map(printRow);
  if (layout.title === 'own line') return [table.title, header, ...rows];
  // Glued: the title pushes the header, not the rows, to the right.
  return layout.title === 'glued' ? [`${table.title}${header}`, ...rows] : [header, ...rows];
}

const FREE_TEXT = [
  'CLUSTER:',
  'OK. Cluster master: 1 (10.20.0.11)',
  'Cluster health: OK, [0, 0.0, 0.0]',
  'failures/minute - avg1 0.00, avg15 0.00, avg60 0.00.',
];
const modulesTable = ({ databases }: PrintedCluster): Table => ({
  title: 'DATABASE MODULES:',
  columns: ['DB:ID', 'NAME', 'MODULE', 'VERSION', 'ARGS', 'STATUS'],
  rows: databases.map((one) => ({
    'DB:ID': `db:${one.id}`,
    NAME: one.name,
    MODULE: 'RediSearch 2',
    VERSION: '2.10.5',
    ARGS: '',
    STATUS: 'OK',
  })),
});

/** `rladmin status` of a cluster. */
export function printStatus(cluster: PrintedCluster, layout: Layout): string {
  const roll = chance(layout.seed);
  const tables = shuffled([...tablesOf(cluster, layout), ...(layout.modules ? [modulesTable(cluster)] : [])], roll);
  const blocks = [...(layout.freeText ? [FREE_TEXT] : []), ...tables.map((table) => printTable(table, layout, roll))];
  return blocks.map((lines) => lines.map((line) => `${line}${layout.lineEnd}`).join('')).join(layout.lineEnd);
}

/** `rladmin info db db:<id>`, perhaps with the blocks of the others around it. */
export function printInfo({ databases }: PrintedCluster, id: number, layout: Layout): string {
  const roll = chance(layout.seed + 2);
  const lines = databases
    .filter((one) => layout.infoOthers || one.id === id)
    .flatMap((one) => [
      `db:${one.id} [${one.name}]:`,
      ...shuffled(
        [
          'client_buffer_limits: 1GB (hard limit)/512MB (soft limit) in 30 seconds',
          'repl_backlog: 4.3MB (4508876 bytes)',
          `oss_cluster: ${one.oss}`,
          'slave_ha: enabled (database)',
          `proxy_policy: ${one.policy}`,
          'tags:',
          `syncer_mode: ${one.mode}`,
        ],
        roll,
      ).map((entry) => layout.infoIndentation + entry),
    ]);
  return lines.map((line) => `${line}${layout.lineEnd}`).join('');
}

const ascending = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((one, other) => one - other);

/** The facts about one database that were printed; `job` and the words for sick shards are compared apart, their form is free. */
export function factsOf({ nodes }: PrintedCluster, one: PrintedDatabase): Omit<DatabaseFacts, 'job' | 'sickShards'> {
  const listed = (each: PrintedEndpoint, wanted: '+' | '-') =>
    ascending(each.lists.filter(({ sign }) => sign === wanted).map(({ node }) => node));
  return {
    database: { cluster: 'lab', id: `db:${one.id}`, name: one.name },
    readAt: '2026-11-23T10:00:00.000Z',
    status: one.status,
    syncerMode: one.mode,
    databasePolicy: one.policy,
    ossCluster: one.oss !== 'disabled',
    endpoints: one.endpoints.map((each) => ({
      id: `${one.id}:${each.id}` as const,
      policy: each.policy,
      include: listed(each, '+'),
      exclude: listed(each, '-'),
      nodes: ascending(each.nodes),
    })),
    primaryNodes: ascending(one.shards.filter(({ role }) => role === 'master').map(({ node }) => node)),
    nodes: [...nodes]
      .sort((a, b) => a.id - b.id)
      .map((node) => ({
        id: node.id,
        status: node.status,
        version: node.version,
        kind: node.quorumOnly ? ('quorum-only' as const) : node.shards === '0/0' ? ('empty' as const) : ('data' as const),
      })),
  };
}
