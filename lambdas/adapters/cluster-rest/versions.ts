/** `8.0.2-17` as four numbers; undefined for anything else. */
function parse(version: string): number[] | undefined {
  const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})-(\d{1,9})$/.exec(version);
  return match?.slice(1).map(Number);
}

/** True when every one of the versions is known and not older than the given one. */
export function allAtLeast(versions: readonly string[], oldest: string): boolean {
  const least = parse(oldest);
  if (!least || versions.length === 0) return false;
  return versions.every((version) => {
    const parts = parse(version);
    if (!parts) return false;
    const difference = parts.map((part, index) => part - (least[index] ?? 0)).find((delta) => delta !== 0);
    return (difference ?? 0) >= 0;
  });
}
