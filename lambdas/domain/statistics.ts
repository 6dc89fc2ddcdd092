/** @returns 0 for no values. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length / 2;
  const [lower = 0, upper = lower] = [ascending[Math.ceil(middle) - 1], ascending[Math.floor(middle)]];
  return (lower + upper) / 2;
}

/** The value that 95 of 100 values do not exceed. @returns 0 for no values. */
export function percentile95(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.ceil(0.95 * ascending.length) - 1] ?? 0;
}
