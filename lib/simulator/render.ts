import { INVALID_COMMAND, type Reply, refusal } from './behaviour.ts';
import { findDatabase, type SimulatedCluster } from './cluster.ts';
import {
  databaseColumns,
  type EndpointRow,
  EXTRAS,
  type Extra,
  endpointColumns,
  nodeColumns,
  type ShardRow,
  shardColumns,
} from './columns.ts';
import { type Column, sorted, tableLines } from './table.ts';

const SECTIONS = ['nodes', 'databases', 'endpoints', 'shards'] as const;
type Section = (typeof SECTIONS)[number];
const USAGE =
  'usage: status [ nodes | databases | endpoints | shards ] [ node <id> ] [ db { db:<id> | <name> } ] [ extra <parameter> ] [ sort <column_titles> ] [ issues_only ]';

interface Query {
  extras: Extra[];
  sort: string[];
  issuesOnly: boolean;
  node?: number;
  database?: string;
}

/** `rladmin status …`: one table, or all of them one after the other. */
export function renderStatus(cluster: SimulatedCluster, argv: string[]): Reply {
  const section = SECTIONS.find((name) => name === argv[1]);
  const query = parseQuery(argv.slice(section ? 2 : 1), section);
  if (!query) return refusal(`${INVALID_COMMAND}\n${USAGE}`);
  if (section) return { ok: true, text: renderSection(cluster, section, query, cluster.layout.titles !== false).join('\n') };
  const blocks = SECTIONS.map((name) => renderSection(cluster, name, query, true).join('\n'));
  return { ok: true, text: [...(query.extras.includes('all') ? [clusterBlock(cluster)] : []), ...blocks].join('\n\n') };
}

/** Filters by node and database exist for endpoints and shards only; sorting only for single tables. */
function parseQuery(words: string[], section: Section | undefined): Query | undefined {
  const query: Query = { extras: [], sort: [], issuesOnly: false };
  const filterable = section === 'endpoints' || section === 'shards';
  for (let i = 0; i < words.length; i++) {
    const [word, operand] = [words[i], words[i + 1]];
    const extra = EXTRAS.find((name) => name === operand);
    if (word === 'issues_only') query.issuesOnly = true;
    else if (word === 'extra' && extra) query.extras.push(extra);
    else if (word === 'db' && filterable && operand) query.database = operand;
    else if (word === 'node' && filterable && /^[1-9]\d*$/.test(operand ?? '')) query.node = Number(operand);
    else if (word === 'sort' && section && operand) query.sort = words.slice(i + 1).filter((title) => /^[A-Z0-9_:-]+$/.test(title));
    else return undefined;
    i += word === 'issues_only' ? 0 : word === 'sort' ? query.sort.length : 1;
  }
  return query;
}

function renderSection(cluster: SimulatedCluster, section: Section, query: Query, titled: boolean): string[] {
  const isUp = (id: number): boolean => cluster.nodes.some((node) => node.id === id && node.status === 'OK');
  // A filter that matches nothing leaves the bare header.
  const scope = query.database === undefined ? cluster.databases : [findDatabase(cluster, query.database) ?? []].flat();
  const onNode = (id: number): boolean => query.node === undefined || query.node === id;
  const table = <Item>(title: string, columns: Column<Item>[], items: Item[], isHealthy: (item: Item) => boolean): string[] => {
    const shown = items.filter((item) => !query.issuesOnly || !isHealthy(item));
    const lines = tableLines(columns, sorted(columns, shown, query.sort), cluster.layout);
    return titled ? underTitle(title, lines, cluster.layout.gluedTitles === true) : lines;
  };
  switch (section) {
    case 'nodes':
      return table('CLUSTER NODES:', nodeColumns(cluster, query.extras), cluster.nodes, ({ status }) => status === 'OK');
    case 'databases':
      return table('DATABASES:', databaseColumns(cluster, query.extras), cluster.databases, ({ status }) => status === 'active');
    case 'endpoints': {
      const rows: EndpointRow[] = scope.flatMap((database) =>
        database.endpoints.flatMap((endpoint) => endpoint.nodes.filter(onNode).map((node) => ({ database, endpoint, node }))),
      );
      return table('ENDPOINTS:', endpointColumns(cluster, query.extras), rows, ({ node }) => isUp(node));
    }
    case 'shards': {
      const rows: ShardRow[] = scope.flatMap((database) =>
        database.shards.filter(({ node }) => onNode(node)).map((shard) => ({ database, shard })),
      );
      return table('SHARDS:', shardColumns(cluster, query.extras), rows, ({ shard }) => shard.status === 'OK' && isUp(shard.node));
    }
  }
}

const underTitle = (title: string, [header = '', ...rows]: string[], glued: boolean): string[] =>
  glued ? [`${title}${header}`, ...rows] : [title, header, ...rows];

/** Printed by the plain `status extra all`. Its wording for a cluster that is not well is not documented, so it never changes. */
function clusterBlock({ nodes }: SimulatedCluster): string {
  const master = nodes.find(({ role }) => role === 'master');
  const lines = [`OK. Cluster master: ${master?.id} (${master?.address})`, 'Cluster health: OK, [0, 0.0, 0.0]'];
  return ['CLUSTER:', ...lines, 'failures/minute - avg1 0.00, avg15 0.00, avg60 0.00.'].join('\n');
}
