import { type DatabaseId, type EndpointId, PROXY_POLICIES, type ProxyPolicy } from '../../contracts/words.ts';
import type { TableRow } from './tables.ts';
import { notUnderstood } from './text.ts';

/** Full matches only: `db:1` must not be found in `db:12`. */
function match(pattern: RegExp, text: string, what: string, line: string): RegExpExecArray {
  const found = pattern.exec(text);
  if (!found) throw notUnderstood(`${JSON.stringify(text)} is no ${what}`, line);
  return found;
}

const number = (text: string | undefined): number => Number.parseInt(text ?? '', 10);

export function databaseId(row: TableRow): DatabaseId {
  const [, id] = match(/^db:([1-9]\d{0,8})$/, row.cell('DB:ID'), 'database id', row.line);
  return `db:${number(id)}`;
}

/** @param title - `NODE` or, in the nodes table, `NODE:ID`. The star marks the node that answers. */
export function nodeId(row: TableRow, title: 'NODE' | 'NODE:ID'): number {
  const [, id] = match(/^\*?node:([1-9]\d{0,8})$/, row.cell(title), 'node id', row.line);
  return number(id);
}

export function endpointId(row: TableRow): EndpointId {
  const [, database, endpoint] = match(/^endpoint:([1-9]\d{0,8}):([1-9]\d{0,8})$/, row.cell('ID'), 'endpoint id', row.line);
  if (`db:${database}` !== databaseId(row)) throw notUnderstood('an endpoint of another database stands in this row', row.line);
  return `${number(database)}:${number(endpoint)}`;
}

export interface EndpointRole {
  readonly policy: ProxyPolicy;
  readonly include: number[];
  readonly exclude: number[];
}

/**
 * Policy and lists, `all-nodes -2`. How several listed nodes are printed is undocumented: a sign before every number is read,
 * separated by blanks or commas; anything else is refused, because a list that is misread cannot be restored.
 */
export function endpointRole(row: TableRow): EndpointRole {
  const pattern = new RegExp(`^(${PROXY_POLICIES.join('|')})((?:[ ,]+[+-][1-9]\\d{0,8})*)$`);
  const [, policy, suffix = ''] = match(pattern, row.cell('ROLE'), 'proxy policy with lists', row.line);
  const listed = [...suffix.matchAll(/([+-])(\d+)/g)].map(([, sign, node]) => ({ sign, node: number(node) }));
  const nodes = (sign: string) =>
    [...new Set(listed.filter((entry) => entry.sign === sign).map((entry) => entry.node))].sort((a, b) => a - b);
  return { policy: policy as ProxyPolicy, include: nodes('+'), exclude: nodes('-') };
}

export const shardRole = (row: TableRow): 'master' | 'slave' =>
  match(/^(?:master|slave)$/, row.cell('ROLE'), 'shard role', row.line)[0] as 'master' | 'slave';

/** A node that prints `0/0` has no room for shards: quorum-only, or in maintenance mode. */
export function hostsShards(row: TableRow): boolean {
  const [, , limit] = match(/^(\d+)\/(\d+)$/, row.cell('SHARDS'), 'shard count', row.line);
  return number(limit) > 0;
}

export function assertSsl(row: TableRow): void {
  match(/^(?:Yes|No)$/i, row.cell('SSL'), 'SSL setting', row.line);
}
