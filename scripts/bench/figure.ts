/** One line of the benchmark. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it may be at most. */
  readonly budget?: number;
  /** How it was reached, where the name does not say. */
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.floor(ascending.length / 2)] ?? 0;
}

const shown = (value: number): string => (value < 0.01 ? value.toPrecision(2) : value < 10 ? value.toFixed(2) : value.toFixed(0));

/** The figures as a table, budgets beside them. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, value, budget, note }) => [
    name,
    `${shown(value)} ${unit}`,
    budget === undefined ? '' : `under ${shown(budget)} ${unit}`,
    budget === undefined ? '' : value < budget ? 'kept' : 'MISSED',
    note ?? '',
  ]);
  const all = [['FIGURE', 'VALUE', 'BUDGET', '', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
