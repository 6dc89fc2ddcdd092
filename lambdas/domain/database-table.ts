import type { DatabaseFacts } from '../contracts/facts.ts';
import { CLASSES, classify, effectiveMode } from './classify.ts';
import type { Inspected } from './inspected.ts';

/** A database that could not be read, and why. */
interface Unread {
  readonly id: string;
  readonly name: string;
  readonly error: { readonly message: string };
}
type Entry = DatabaseFacts | Unread;

export const isRead = (entry: Entry): entry is DatabaseFacts => 'endpoints' in entry;

interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
}

const policies = ({ endpoints }: DatabaseFacts): string =>
  endpoints
    .map(({ policy, include, exclude }) => [policy, ...include.map((node) => `+${node}`), ...exclude.map((node) => `-${node}`)].join(' '))
    .join(' | ');

const NAME: Column<DatabaseFacts> = { title: 'DATABASE', cell: ({ database }) => database.name };
const ID: Column<DatabaseFacts> = { title: 'ID', cell: ({ database }) => database.id };
const SETTINGS: readonly Column<DatabaseFacts>[] = [
  { title: 'CLASS', cell: classify },
  { title: 'MODE', cell: ({ syncerMode }) => syncerMode },
  { title: 'IN EFFECT', cell: effectiveMode },
  { title: 'POLICY', cell: policies },
  { title: 'PROXIES ON', cell: ({ endpoints }) => endpoints.map(({ nodes }) => nodes.join(',')).join(' | ') },
];
const STATUS: Column<DatabaseFacts> = { title: 'STATUS', cell: ({ status, job }) => (job ? `${status}, ${job}` : status) };

const COLUMNS = [NAME, ID, ...SETTINGS, STATUS];
export const DATABASE_TITLES = COLUMNS.map(({ title }) => title);

const unreadRow = ({ id, name, error }: Unread, columns: number): string[] => [
  name,
  id,
  ...Array.from({ length: columns - 3 }, () => '?'),
  `not read: ${error.message}`,
];

/** A database as a row of a table for people. */
export const databaseRow = (entry: Entry): string[] =>
  isRead(entry) ? COLUMNS.map(({ cell }) => cell(entry)) : unreadRow(entry, COLUMNS.length);

/** Stands for what the cluster does not say. */
export const UNKNOWN = '–';

/** A GUID as far as people need it to tell groups apart. */
export const shortGroup = (group: string): string => group.slice(0, 8);
export const sayLag = (lagMs: number | undefined): string => (lagMs === undefined ? UNKNOWN : `${Math.round(lagMs)} ms`);

const ofFacts = ({ title, cell }: Column<DatabaseFacts>): Column<Inspected> => ({ title, cell: ({ facts }) => cell(facts) });

const INSPECTED_COLUMNS: readonly Column<Inspected>[] = [
  ofFacts(NAME),
  ofFacts(ID),
  { title: 'KIND', cell: ({ kind }) => kind ?? UNKNOWN },
  ...SETTINGS.map(ofFacts),
  { title: 'LAG', cell: ({ lagMs }) => sayLag(lagMs) },
  { title: 'VERSION', cell: ({ version }) => version },
  { title: 'GROUP', cell: ({ group }) => (group === undefined ? UNKNOWN : shortGroup(group)) },
  ofFacts(STATUS),
];
export const INSPECTED_TITLES = INSPECTED_COLUMNS.map(({ title }) => title);

/** A database with everything that its cluster tells, as a row of a table for people. */
export const inspectedRow = (entry: Inspected | Unread): string[] =>
  'facts' in entry ? INSPECTED_COLUMNS.map(({ cell }) => cell(entry)) : unreadRow(entry, INSPECTED_COLUMNS.length);

/** What the classes of these databases mean, a line each. */
export const meaningsOf = (entries: readonly Entry[]): string[] =>
  [...new Set(entries.filter(isRead).map(classify))].sort().map((name) => `${name}: ${CLASSES[name]}`);
