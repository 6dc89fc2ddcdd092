import type { Layout } from './cluster.ts';

const COLOURS = { yellow: '\u001b[33m', green: '\u001b[32m', red: '\u001b[31m' } as const;
const RESET = '\u001b[0m';

export interface Column<Item> {
  title: string;
  value: (item: Item) => string;
  /** Colour of the cell in layouts with ANSI colours. */
  colour?: (item: Item) => keyof typeof COLOURS | undefined;
}

/** Header and rows, each padded to the longest value of its columns; the last column is padded too, as in the documented samples. */
export function tableLines<Item>(columns: Column<Item>[], items: Item[], layout: Layout): string[] {
  const ordered = layout.columnOrder === 'shuffled' ? [...columns.slice(0, 1), ...columns.slice(1).reverse()] : columns;
  const separator = layout.stretched ? '' : ' ';
  const widths = ordered.map(
    ({ title, value }) => Math.max(title.length, ...items.map((item) => value(item).length)) + (layout.stretched ? 6 : 0),
  );
  const line = (cell: (column: Column<Item>) => string, paint: (column: Column<Item>, text: string) => string): string =>
    ordered.map((column, i) => paint(column, cell(column)) + ' '.repeat((widths[i] ?? 0) - cell(column).length)).join(separator);
  const header = line(
    ({ title }) => title,
    (_, text) => text,
  );
  return [header, ...items.map((item) => line(({ value }) => value(item), painter(item, layout)))];
}

/** Codes go around the value only, so that the columns line up once they are taken out. */
const painter =
  <Item>(item: Item, layout: Layout) =>
  ({ colour }: Column<Item>, text: string): string => {
    const name = layout.ansi ? colour?.(item) : undefined;
    return name ? `${COLOURS[name]}${text}${RESET}` : text;
  };

/** Rows in the order of the titles named behind `sort`; unknown titles are passed over. */
export function sorted<Item>(columns: Column<Item>[], items: Item[], titles: string[]): Item[] {
  const keys = titles.flatMap((title) => columns.filter((column) => column.title === title));
  const compare = (a: Item, b: Item): number =>
    keys.reduce((order, { value }) => order || value(a).localeCompare(value(b), 'en', { numeric: true }), 0);
  return [...items].sort(compare);
}
