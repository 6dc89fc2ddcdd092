/** A Redis Enterprise version such as `7.22.2-79`, field by field, build last. */
export type Version = readonly [major: number, minor: number, patch: number, build: number];

export function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)-(\d+)$/.exec(text.trim());
  if (!match) return undefined;
  const [major, minor, patch, build] = match.slice(1).map(Number);
  return [major ?? 0, minor ?? 0, patch ?? 0, build ?? 0];
}

/** Negative when `a` is older than `b`, zero when equal. */
export function compareVersions(a: Version, b: Version): number {
  const differing = a.findIndex((field, index) => field !== b[index]);
  return differing < 0 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}

export const isOlder = (a: Version, b: Version): boolean => compareVersions(a, b) < 0;
