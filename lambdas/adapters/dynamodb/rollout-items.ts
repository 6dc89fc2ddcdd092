import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import type { Clock } from '../../ports/clock.ts';
import { KEEP_DAYS, required, text } from './items.ts';
import type { Item } from './table.ts';

/** Every partition of a rollout begins with this, and rights are given by it. */
const ROLLOUT = 'rollout#';
/** Partition of the index that lists rollouts. */
export const LISTED_ROLLOUTS = 'rollouts';
const SECONDS_PER_DAY = 86_400;

const keyOf = (partition: string, sort: string): Item => ({
  [CHANGE_TABLE.partitionKey]: text(partition),
  [CHANGE_TABLE.sortKey]: text(sort),
});
/** Sorts as text like the number itself: as long as the longest id of a database. */
const padded = (value: number): string => String(value).padStart(9, '0');

/** Neither the id of a rollout nor the name of a cluster holds a `#`. */
export const rolloutPartition = (rolloutId: string): string => `${ROLLOUT}${rolloutId}`;
/** A partition takes 1,000 writes a second: plans are big, and many clusters are surveyed at once. */
export const plansPartition = (rolloutId: string, cluster: string): string => `${rolloutPartition(rolloutId)}#${cluster}`;
export const rolloutIdOf = (item: Item): string => required(item, CHANGE_TABLE.partitionKey).slice(ROLLOUT.length);

export const REQUEST = 'request#';
export const RECORD = 'rollout';
export const SURVEY = 'survey#';
export const TARGET = 'target#';
export const EVENT_OF_ROLLOUT = 'event#';

export const recordKey = (rolloutId: string): Item => keyOf(rolloutPartition(rolloutId), RECORD);
export const requestKey = (rolloutId: string, hash: string): Item => keyOf(rolloutPartition(rolloutId), `${REQUEST}${hash}`);
export const askedKey = (rolloutId: string): Item => keyOf(rolloutPartition(rolloutId), 'asked');
export const surveyKey = (rolloutId: string, cluster: string): Item => keyOf(rolloutPartition(rolloutId), `${SURVEY}${cluster}`);
export const gateOfWaveKey = (rolloutId: string, wave: number): Item => keyOf(rolloutPartition(rolloutId), `gate#${padded(wave)}`);
export const rolloutEventKey = (rolloutId: string, order: string): Item =>
  keyOf(rolloutPartition(rolloutId), `${EVENT_OF_ROLLOUT}${order}`);

/** Plans of one survey of a cluster: those of another one are not among them. */
export const plansOf = (survey: string): string => `plan#${survey}#`;
export const planKey = (rolloutId: string, cluster: string, survey: string, id: DatabaseId): Item =>
  keyOf(plansPartition(rolloutId, cluster), `${plansOf(survey)}${padded(Number(id.slice('db:'.length)))}`);

type Place = Pick<RolloutTarget, 'cluster' | 'position'>;
/** Targets of one cluster are beside each other: a lane looks at no others, however many there are. */
export const targetsOf = (cluster: string): string => `${TARGET}${cluster}#`;
export const targetKey = (rolloutId: string, { cluster, position }: Place): Item =>
  keyOf(rolloutPartition(rolloutId), `${targetsOf(cluster)}${padded(position)}`);
export function placeOf(item: Item): Place {
  const [cluster = '', position] = required(item, CHANGE_TABLE.sortKey).slice(TARGET.length).split('#');
  return { cluster, position: Number(position) };
}

/** So many targets share an item that tells which clusters they are on. */
const POSITIONS_TOGETHER = 100;
export const groupOf = (position: number): number => Math.floor(position / POSITIONS_TOGETHER);
export const whereaboutsKey = (rolloutId: string, group: number): Item =>
  keyOf(rolloutPartition(rolloutId), `whereabouts#${padded(group)}`);

/** In partitions of their own, as they are not of one rollout. */
export const claimKey = ({ cluster, id }: Pick<RolloutTarget, 'cluster' | 'id'>): Item => keyOf(`rollout-claims#${cluster}`, id);

/** Everything in a partition whose sort key begins like this. */
export const beginningWith = (partition: string, prefix: string) => ({
  KeyConditionExpression: `${CHANGE_TABLE.partitionKey} = :partition AND begins_with(${CHANGE_TABLE.sortKey}, :prefix)`,
  ExpressionAttributeValues: { ':partition': text(partition), ':prefix': text(prefix) },
  ConsistentRead: true,
});

/** When items may go, in epoch seconds. */
export interface Expiries {
  /** For the record of a rollout, from its end. */
  ofRecord(): number;
  /** For what belongs to a rollout, from when it is written: long enough that no record is left without it. */
  ofPart(): number;
}
export const expiriesBy = (clock: Pick<Clock, 'now'>): Expiries => {
  const inDays = (days: number) => Math.ceil(clock.now().getTime() / 1000) + days * SECONDS_PER_DAY;
  return { ofRecord: () => inDays(KEEP_DAYS), ofPart: () => inDays(2 * KEEP_DAYS) };
};
