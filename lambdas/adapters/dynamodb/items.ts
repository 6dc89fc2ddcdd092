import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { DatabaseFacts } from '../../contracts/facts.ts';
import type { ChangeReport, ChangeSummary, Holder, Lock } from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import type { Placed } from './order.ts';
import type { Item } from './table.ts';

// Conditions look at a few attributes; those are attributes. Everything else is JSON text: it comes back exactly as it went in
// (null, empty and absent values included), needs no marshaller in the bundle, and no expression can reach into it by mistake.

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const json = (value: unknown): AttributeValue => text(JSON.stringify(value));

const keyOf = (partition: string, sort: string): Item => ({
  [CHANGE_TABLE.partitionKey]: text(partition),
  [CHANGE_TABLE.sortKey]: text(sort),
});

/** How long a change is kept after its end, and its thread with it. */
export const KEEP_DAYS = 400;

/** All locks share a partition, so that they can be listed by a consistent read. */
export const LOCKS = 'locks';
/** Partition of the index that lists changes. */
export const LISTED = 'changes';
/** In front of the place of an event. */
export const EVENT = 'event#';

/** A change and its events share a partition; the change itself comes first. */
export const changePartition = (changeId: string): string => `change#${changeId}`;
export const changeKey = (changeId: string): Item => keyOf(changePartition(changeId), 'change');
export const eventKey = (changeId: string, order: string): Item => keyOf(changePartition(changeId), `${EVENT}${order}`);
/** In a partition of its own: nothing that reads a change, its events or the locks comes by, and rights can tell it apart. */
export const tokenKey = (changeId: string): Item => keyOf(`token#${changeId}`, 'token');
/** An id holds no slash, so no two databases share a name of a lock. */
export const lockName = (cluster: string, databaseId: string): string => `${cluster}/${databaseId}`;
export const lockKey = (name: string): Item => keyOf(LOCKS, name);

/** A claim, as it is kept in the item of its change. */
export interface Claim extends Placed {
  readonly step: string;
  readonly command: string;
  /** Tells whose claim it is, when the answer to the write got lost. */
  readonly token: string;
}

/** That a claimed write never left, as it is kept in the item of its change. */
export interface Disclaimer extends Placed {
  readonly step: string;
  readonly command: string;
}

/** The release of a lock by a person, as it is kept in the item of its change. */
export interface Clearance extends Placed {
  readonly by: string;
  readonly token: string;
}

/** That another run goes on with a change, as it is kept in the item of the change. */
export interface Takeover extends Placed {
  readonly run: number;
  readonly holder: string;
  readonly why: string;
}

/** That somebody asked for a change to stop, as it is kept in the item of the change. */
export interface Cancellation extends Placed {
  readonly by: string;
  readonly via: string;
  readonly reason?: string;
}

export interface StoredChange {
  /** Absent until the change is opened. */
  readonly summary?: ChangeSummary;
  /** Its place in the list of changes. */
  readonly startOrder?: string;
  /** Its latest run. */
  readonly run: number;
  readonly ended: boolean;
  /** Name of the lock that it holds or once asked for. */
  readonly lock?: string;
  /** Whether it holds that lock: nothing else decides. */
  readonly holds: boolean;
  /** How often its lock was released. A lock item of an earlier generation than this is a leftover. */
  readonly releases: number;
  readonly claims: Claim[];
  readonly disclaimers: Disclaimer[];
  readonly clearances: Clearance[];
  readonly takeovers: Takeover[];
  readonly cancellation?: Cancellation;
  /** Its gate as JSON text, just as it was written. */
  readonly gate?: string;
  /** One for each time that the gate was written: tells whose writes took, when their answers got lost. */
  readonly gateMarks: string[];
}

export interface StoredLock extends Lock {
  /** Releases of its change when the lock was asked for. */
  readonly generation: number;
  /** Run of its change whose holder the lock names. */
  readonly run: number;
}

export const required = (item: Item, name: string): string => {
  const value = item[name]?.S;
  if (value === undefined) throw new Error(`an item of the change table has no "${name}"`);
  return value;
};
export const fromJson = <T>(item: Item, name: string): T => JSON.parse(required(item, name)) as T;
const toNumber = (item: Item, name: string): number => Number(item[name]?.N ?? 0);
const toList = <T>(item: Item, name: string): T[] => (item[name]?.L ?? []).map((entry) => JSON.parse(entry.S ?? 'null') as T);

export const toSummary = (item: Item): ChangeSummary => ({
  changeId: required(item, 'changeId'),
  request: fromJson<FullChangeRequest>(item, 'changeRequest'),
  startedAt: required(item, 'startedAt'),
  ...(item.holder && { holder: fromJson<Holder>(item, 'holder') }),
  run: toNumber(item, 'run'),
  ...(item.endedAt && { endedAt: required(item, 'endedAt') }),
  ...(item.report && { report: fromJson<ChangeReport>(item, 'report') }),
});

export const toChange = (item: Item): StoredChange => ({
  ...(item.changeRequest && { summary: toSummary(item) }),
  ...(item[CHANGE_TABLE.byStart.sortKey] && { startOrder: required(item, CHANGE_TABLE.byStart.sortKey) }),
  run: toNumber(item, 'run'),
  ended: item.endedAt !== undefined,
  ...(item.lockName && { lock: required(item, 'lockName') }),
  holds: item.holds !== undefined,
  releases: toNumber(item, 'releases'),
  claims: toList<Claim>(item, 'claims'),
  disclaimers: toList<Disclaimer>(item, 'disclaimers'),
  clearances: toList<Clearance>(item, 'clearances'),
  takeovers: toList<Takeover>(item, 'takeovers'),
  ...(item.cancellation && { cancellation: fromJson<Cancellation>(item, 'cancellation') }),
  ...(item.gate && { gate: required(item, 'gate') }),
  gateMarks: item.gateMarks?.SS ?? [],
});

export const fromLock = (lock: StoredLock): Item => ({
  ...lockKey(lockName(lock.cluster, lock.database)),
  cluster: text(lock.cluster),
  database: text(lock.database),
  changeId: text(lock.changeId),
  holder: json(lock.holder),
  since: text(lock.since),
  leaseUntil: text(lock.leaseUntil),
  databaseFacts: json(lock.snapshot),
  generation: number(lock.generation),
  run: number(lock.run),
});

export const toStoredLock = (item: Item): StoredLock => ({
  cluster: required(item, 'cluster'),
  database: required(item, 'database'),
  changeId: required(item, 'changeId'),
  holder: fromJson<Holder>(item, 'holder'),
  since: required(item, 'since'),
  leaseUntil: required(item, 'leaseUntil'),
  snapshot: fromJson<DatabaseFacts>(item, 'databaseFacts'),
  generation: toNumber(item, 'generation'),
  run: toNumber(item, 'run'),
});

export const toLock = ({ generation: _, run: __, ...lock }: StoredLock): Lock => lock;

/** Stands for one write of one change in the set that a condition looks at. */
export const hashOf = (step: string, command: string): string =>
  createHash('sha256')
    .update(JSON.stringify([step, command]))
    .digest('base64url');
