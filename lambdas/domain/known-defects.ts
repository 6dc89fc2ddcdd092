import type { ReplicationKind } from '../contracts/words.ts';
import { isOlder, parseVersion, type Version } from './versions.ts';

/** First version whose `rladmin info db` prints the mode. Older clusters cannot be verified, so they are not changed. */
export const OLDEST_SUPPORTED = '6.2.18-43';
/** First version that does not print the status of a shard and of its watchdog swapped. */
export const SHARD_STATUS_FIXED = '7.8.4-95';
/** Newest release line that the facts here were checked against (major, minor). */
export const NEWEST_KNOWN = [8, 2] as const;

export interface KnownDefect {
  readonly id: string;
  /** Every release line with a fix, and the build that brought it; a line without an entry follows the newest fix. */
  readonly fixedIn: readonly string[];
  /** Only databases that replicate this way are affected. */
  readonly only?: 'active-active' | 'replica-of';
  /** Only databases with the OSS Cluster API enabled are affected. */
  readonly onlyWithOssCluster?: true;
  readonly effect: 'blocks' | 'warns';
  readonly says: string;
  /** Where the vendor says so. */
  readonly source: string;
}

/** Defects of the cluster that make this change dangerous, by version. Source: the vendor's release notes. */
export const KNOWN_DEFECTS: readonly KnownDefect[] = [
  {
    id: 'RS150588',
    fixedIn: ['7.8.4-95'],
    only: 'active-active',
    onlyWithOssCluster: true,
    effect: 'blocks',
    says: 'Active-Active databases with the OSS Cluster API could lose or diverge data',
    source: 'release notes 7.8.4-95',
  },
  {
    id: 'RS147991',
    fixedIn: ['7.8.6-13'],
    only: 'replica-of',
    effect: 'warns',
    says: 'too many Replica Of workers could make the proxy restart',
    source: 'release notes 7.8.6-13',
  },
  {
    id: 'RS195089',
    fixedIn: ['8.0.20-44', '8.2.0-25'],
    only: 'active-active',
    effect: 'warns',
    says: 'a major Active-Active reconfiguration could trigger a full sync',
    source: 'release notes 8.0.20-44 and 8.2.0-25',
  },
  {
    id: 'RS209759',
    fixedIn: ['8.0.20-96', '8.2.0-46'],
    effect: 'warns',
    says: 'an unrecognised syncer configuration change could trigger a full sync',
    source: 'release notes 8.0.20-96 and 8.2.0-46',
  },
];

/** True when a build of this version lacks the fix: older than the fix of its own release line, or, on a line without one, than any fix. */
export function isAffected(defect: KnownDefect, version: Version): boolean {
  const fixes = defect.fixedIn.map(parseVersion).filter((fix) => fix !== undefined);
  const sameLine = fixes.find((fix) => fix[0] === version[0] && fix[1] === version[1]);
  if (sameLine) return isOlder(version, sameLine);
  return fixes.some((fix) => isOlder(version, fix));
}

/** A defect that may concern a database of this kind; where the cluster does not say, it may. */
export function concerns(
  { only, onlyWithOssCluster }: KnownDefect,
  { kind, ossCluster }: { kind: ReplicationKind | undefined; ossCluster: boolean | undefined },
): boolean {
  const ofThisKind = only === undefined || kind === undefined || kind === 'both' || kind === only;
  return ofThisKind && !(onlyWithOssCluster && ossCluster === false);
}
