/** Whether build `a` is older than build `b`; both look like `7.22.2-79`, compared number by number, the build last. */
export function isBefore(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  for (const [i, number] of (left ?? []).entries()) {
    const other = right?.[i] ?? 0;
    if (number !== other) return number < other;
  }
  return false;
}
