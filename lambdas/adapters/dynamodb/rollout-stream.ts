import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { RolloutEvent } from '../../contracts/rollout.ts';
import type { StreamRecord } from './change-stream.ts';
import { fromJson } from './items.ts';
import { EVENT_OF_ROLLOUT, placeOf, RECORD, rolloutPartition, TARGET } from './rollout-items.ts';
import type { Item } from './table.ts';

/** What a write to a rollout has brought. */
export interface ChangedRollout {
  /** Of the write, in the shard of the stream that it came by. */
  readonly sequenceNumber: string;
  readonly rolloutId: string;
  /** The line of its story that was not there before. None for a write that only moved something else about it. */
  readonly news: readonly RolloutEvent[];
}

const GATE = 'gate#';
const PARTITIONS = rolloutPartition('');

/** The plans of a rollout are in partitions of their own, with the name of their cluster behind. */
function rolloutIdIn(item: Item): string | undefined {
  const partition = item[CHANGE_TABLE.partitionKey]?.S ?? '';
  const id = partition.slice(PARTITIONS.length);
  return partition.startsWith(PARTITIONS) && !id.includes('#') ? id : undefined;
}

/**
 * Of the targets, each of the first few and then every so many-th speak for those between them: whoever tells a rollout reads all of its
 * targets, and must not do so at each write to each of 10,000.
 */
const TARGETS_TOLD = 50;
const isPulse = ({ position }: { readonly position: number }): boolean => position <= TARGETS_TOLD || position % TARGETS_TOLD === 0;

/** @returns undefined for a write that nobody is told of. */
function newsOf(now: Item, before: Item | undefined): readonly RolloutEvent[] | undefined {
  const sort = now[CHANGE_TABLE.sortKey]?.S ?? '';
  // An event that is written once more, because an answer got lost, stays the same.
  if (sort.startsWith(EVENT_OF_ROLLOUT)) return before ? [] : [fromJson<RolloutEvent>(now, 'event')];
  if (sort === RECORD || sort.startsWith(GATE)) return [];
  // All targets are placed at once, which the record tells of.
  return sort.startsWith(TARGET) && before && isPulse(placeOf(now)) ? [] : undefined;
}

/** The rollout that a write is about, if somebody is to be told of it. Deletions are passed over. */
export function changedRollout({ sequenceNumber, newImage, oldImage }: StreamRecord): ChangedRollout | undefined {
  const rolloutId = newImage && rolloutIdIn(newImage);
  const news = rolloutId === undefined ? undefined : newsOf(newImage ?? {}, oldImage);
  return rolloutId !== undefined && news ? { sequenceNumber, rolloutId, news } : undefined;
}
