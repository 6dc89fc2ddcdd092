import { cleanLines, notUnderstood } from './text.ts';

export const TABLE_NAMES = ['nodes', 'databases', 'endpoints', 'shards'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export interface TableRow {
  /** The cell under a title. @throws StepError `ClusterOutputError` when it is blank. */
  readonly cell: (title: string) => string;
  /** The cell under the first of these titles that the table has, or undefined when blank or without such a column. */
  readonly optional: (...titles: string[]) => string | undefined;
  /** The row as printed. */
  readonly line: string;
}
export type Tables = Partial<Record<TableName, TableRow[]>>;

const SECTION_TITLE = /^(?:CLUSTER|CLUSTER NODES|DATABASES|ENDPOINTS|SHARDS|CLUSTER MODULES|DATABASE MODULES|BALANCE):/;
const HEADER = /^ *(?:NODE:ID|DB:ID)(?: +[A-Z0-9_:/%-]+)+$/;
const DATA_ROW = /^ *\*?(?:db|node):/;

/** Tables are told apart by their columns, because the title line above them may be missing. */
const SIGNATURES: readonly { table: TableName; first: string; columns: string[]; required: string[] }[] = [
  { table: 'shards', first: 'DB:ID', columns: ['SLOTS'], required: ['ID', 'NODE', 'ROLE', 'STATUS'] },
  { table: 'endpoints', first: 'DB:ID', columns: ['ID', 'NODE', 'ROLE'], required: ['NAME', 'SSL'] },
  { table: 'databases', first: 'DB:ID', columns: ['TYPE', 'ENDPOINT'], required: ['NAME', 'STATUS'] },
  { table: 'nodes', first: 'NODE:ID', columns: ['ADDRESS'], required: ['ROLE', 'SHARDS', 'STATUS'] },
];

interface Column {
  readonly title: string;
  readonly start: number;
}

const columnsOf = (header: string): Column[] => [...header.matchAll(/\S+/g)].map((match) => ({ title: match[0], start: match.index }));

function identify(columns: Column[], header: string): TableName | undefined {
  const titles = new Set(columns.map((column) => column.title));
  const found = SIGNATURES.find(({ first, columns: wanted }) => columns[0]?.title === first && wanted.every((title) => titles.has(title)));
  const missing = found?.required.filter((title) => !titles.has(title)) ?? [];
  if (missing.length > 0) throw notUnderstood(`the ${found?.table} table has no column ${missing.join(', ')}`, header);
  const twice = columns.find((column, index) => columns.findIndex((other) => other.title === column.title) !== index);
  if (found && twice) throw notUnderstood(`the ${found.table} table has the column ${twice.title} twice`, header);
  return found?.table;
}

/** Columns whose values, cut short, would read as another valid value. */
const MISREAD_WHEN_CUT = new Set([
  'DB:ID',
  'NODE:ID',
  'ID',
  'NODE',
  'ROLE',
  'NAME',
  'SHARDS',
  'VERSION',
  'EXEC_STATE',
  'EXEC_STATE_MACHINE',
]);

/** Cuts a row at the offsets of the titles. A value that crosses an offset means that the layout is not what it seems. */
function slice(line: string, columns: Column[], table: TableName, mayBeCut: boolean): TableRow {
  const cells = new Map<string, string>();
  columns.forEach(({ title, start }, index) => {
    if (start > 0 && line.length > start && line[start - 1] !== ' ') throw notUnderstood(`a value crosses the column ${title}`, line);
    const value = line.slice(start, columns[index + 1]?.start).trim();
    if (value) cells.set(title, value);
  });
  const last = [...cells.keys()].at(-1) ?? '';
  if (mayBeCut && MISREAD_WHEN_CUT.has(last)) throw notUnderstood(`the output ends in the middle of a row, perhaps within ${last}`, line);
  return {
    line,
    cell: (title) => {
      const value = cells.get(title);
      if (value === undefined) throw notUnderstood(`the ${table} table has no value for ${title}`, line);
      return value;
    },
    optional: (...titles) => titles.map((title) => cells.get(title)).find((value) => value !== undefined),
  };
}

const withoutTitle = (line: string): string => {
  const rest = line.replace(SECTION_TITLE, '');
  return HEADER.test(rest) ? rest : line;
};

/**
 * Reads the tables of `rladmin status` in any of its layouts: with or without titles, compact or stretched, any order of
 * columns, extra columns, blank cells, colours.
 *
 * @returns the tables that were printed; a table that was printed without rows is empty, one that was not is absent.
 * @throws StepError `ClusterOutputError` with the line that does not fit.
 */
export function readTables(output: string): Tables {
  const tables: Tables = {};
  let open: { table: TableName | undefined; columns: Column[]; indent: number } | undefined;
  const lines = cleanLines(output);
  for (const [index, raw] of lines.entries()) {
    const line = withoutTitle(raw);
    if (line.trim() === '' || (SECTION_TITLE.test(line) && !HEADER.test(line))) {
      open = undefined;
    } else if (HEADER.test(line)) {
      const indent = line.search(/\S/);
      const columns = columnsOf(line.slice(indent));
      const table = identify(columns, line);
      if (table && tables[table]) throw notUnderstood(`the ${table} table is printed twice`, line);
      if (table) tables[table] = [];
      open = { table, columns, indent };
    } else if (DATA_ROW.test(line)) {
      if (!open) throw notUnderstood('a row stands outside of any table', line);
      if (line.slice(0, open.indent).trim() !== '') throw notUnderstood('a row starts left of its header', line);
      if (open.table) tables[open.table]?.push(slice(line.slice(open.indent), open.columns, open.table, index === lines.length - 1));
    } else if (open) {
      throw notUnderstood('a line inside a table is no row of it', line);
    }
  }
  return tables;
}
