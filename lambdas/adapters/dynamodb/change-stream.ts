import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { ChangeReport, TimelineEvent } from '../../contracts/record.ts';
import { changePartition, EVENT, fromJson, type StoredChange, toChange } from './items.ts';
import type { Item } from './table.ts';
import { toTimeline } from './timeline.ts';

/** One write to the table, as its stream tells of it. */
export interface StreamRecord {
  readonly sequenceNumber: string;
  /** Absent when the item was deleted. */
  readonly newImage?: Item;
  /** Absent when the item was not there before. */
  readonly oldImage?: Item;
}

/** What a write to the item of a change, or of one of its events, has brought. */
export interface ChangedItem {
  /** Of the write, in the shard of the stream that it came by. */
  readonly sequenceNumber: string;
  readonly changeId: string;
  /** Lines of the change's timeline that were not there before, in order. None for a write that only moved something else about it. */
  readonly news: readonly TimelineEvent[];
  /** The report of a change that ended with this very write. */
  readonly ended?: ChangeReport;
}

/**
 * Changes that these writes are about, in their order. Writes to anything else than changes and events are passed over, deletions too.
 * @throws Error for an item that is not as the store writes it.
 */
export const changedItems = (records: readonly StreamRecord[]): ChangedItem[] =>
  records.flatMap(({ sequenceNumber, newImage, oldImage }) => {
    if (!newImage) return [];
    const changeId = changeIdOf(newImage);
    const brought = changeId !== undefined && broughtBy(newImage, oldImage);
    return brought ? [{ sequenceNumber, changeId, ...brought }] : [];
  });

const PARTITIONS = changePartition('');

function changeIdOf(item: Item): string | undefined {
  const partition = item[CHANGE_TABLE.partitionKey]?.S;
  return partition?.startsWith(PARTITIONS) ? partition.slice(PARTITIONS.length) : undefined;
}

/** @returns undefined for an item of another kind. */
function broughtBy(now: Item, before: Item | undefined): Pick<ChangedItem, 'news' | 'ended'> | undefined {
  const sort = now[CHANGE_TABLE.sortKey]?.S ?? '';
  // An event that is written once more, because an answer got lost, stays the same.
  if (sort.startsWith(EVENT)) return { news: before ? [] : [fromJson<TimelineEvent>(now, 'event')] };
  if (sort !== 'change') return undefined;
  const [change, former] = [toChange(now), toChange(before ?? {})];
  return { news: toTimeline([], onlyNew(change, former)), ...(change.ended && !former.ended && { ended: fromJson(now, 'report') }) };
}

/** A change with nothing but what came to its lists since. They only ever grow at their end. */
function onlyNew(change: StoredChange, former: StoredChange): StoredChange {
  const { cancellation, ...kept } = change;
  return {
    ...kept,
    claims: change.claims.slice(former.claims.length),
    disclaimers: change.disclaimers.slice(former.disclaimers.length),
    clearances: change.clearances.slice(former.clearances.length),
    takeovers: change.takeovers.slice(former.takeovers.length),
    ...(cancellation && !former.cancellation && { cancellation }),
  };
}
