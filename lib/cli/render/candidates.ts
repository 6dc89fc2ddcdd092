import { type Candidate, sayBytes } from '../../../lambdas/domain/candidates.ts';
import { sayLag, shortGroup, UNKNOWN } from '../../../lambdas/domain/database-table.ts';
import { renderTable } from './table.ts';

const TITLES = ['KIND', 'PRIMARIES ON', 'PROXIES ON', 'OF NODES', 'REQUESTS/S', 'SYNC', 'LAG'];

const list = (nodes: readonly number[]): string => nodes.join(',') || UNKNOWN;
const known = (value: number | undefined, say: (value: number) => string): string => (value === undefined ? UNKNOWN : say(value));

function rowOf({ database: { facts, kind }, figures }: Candidate): string[] {
  const { cluster, name, id } = facts.database;
  const { primaryNodes, proxies, nodes, requestsPerSecond, syncBytesPerSecond, lagMs } = figures;
  return [
    `${cluster}/${name} (${id})`,
    kind ?? UNKNOWN,
    list(primaryNodes),
    list(proxies),
    String(nodes),
    known(requestsPerSecond, (value) => String(Math.round(value))),
    known(syncBytesPerSecond, sayBytes),
    sayLag(lagMs),
  ];
}

/** What is said below the row of a database. */
function linesBelow({ database: { group, healthError }, reason, alsoOn }: Candidate): string[] {
  const also = alsoOn.length > 0 ? `, also on ${alsoOn.join(', ')}` : '';
  return [
    reason,
    ...(group === undefined ? [] : [`member of group ${shortGroup(group)}${also}`]),
    ...(healthError === undefined ? [] : [`its replication health could not be read: ${healthError}`]),
  ];
}

/** A table with lines of text below each row. */
function renderList(title: string, entries: readonly Candidate[], isRanked: boolean): string[] {
  const labelOf = (index: number) => (isRanked ? `${index + 1}.` : '');
  const indented = (row: string[], label: string): string[] => [`${label.padEnd(isRanked ? 3 : 2)} ${row[0]}`, ...row.slice(1)];
  const [header = '', ...rows] = renderTable([
    [title, ...TITLES],
    ...entries.map((entry, index) => indented(rowOf(entry), labelOf(index))),
  ]).split('\n');
  return [
    header,
    ...rows.flatMap((row, index) => [row, ...(entries[index] ? linesBelow(entries[index]) : []).map((line) => `      ${line}`)]),
  ];
}

export interface CandidateLists {
  readonly candidates: readonly Candidate[];
  readonly others: readonly Candidate[];
  /** What could not be read, one sentence each. */
  readonly unread: readonly string[];
}

const HOW = 'Ranked by what their one syncer has to do: traffic or lag, whichever weighs more (10 MB/s as much as 1 s).';

export function renderCandidates({ candidates, others, unread }: CandidateLists): string {
  const parts = [
    candidates.length > 0 ? [...renderList('WOULD GAIN', candidates, true), '', HOW] : ['No database would gain from being distributed.'],
    ...(others.length > 0 ? [renderList('WOULD NOT', others, false)] : []),
    ...(unread.length > 0 ? [['NOT READ', ...unread.map((line) => `  ${line}`)]] : []),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}
