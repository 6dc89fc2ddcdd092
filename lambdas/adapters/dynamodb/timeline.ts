import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { TimelineEvent } from '../../contracts/record.ts';
import {
  type Cancellation,
  type Claim,
  type Clearance,
  type Disclaimer,
  EVENT,
  fromJson,
  required,
  type StoredChange,
  type Takeover,
} from './items.ts';
import type { Placed } from './order.ts';
import type { Item } from './table.ts';

export const claimedEvent = ({ at, step, command }: Claim): TimelineEvent => ({ at, type: 'write-claimed', step, command });
export const notSentEvent = ({ at, step, command }: Disclaimer): TimelineEvent => ({ at, type: 'write-not-sent', step, command });
export const clearedEvent = ({ at, by }: Clearance): TimelineEvent => ({ at, type: 'note', text: `lock cleared by ${by}` });
export const takenOverEvent = ({ order: _, ...takeover }: Takeover): TimelineEvent => ({ ...takeover, type: 'taken-over' });
export const cancelEvent = ({ order: _, ...cancellation }: Cancellation): TimelineEvent => ({ ...cancellation, type: 'cancel-requested' });

const orderOf = (item: Item): string => required(item, CHANGE_TABLE.sortKey).slice(EVENT.length);

/**
 * The timeline of a change. What alters the change itself, such as a claim, has no item of its own, which a crash could keep from being
 * written: its line comes from the change.
 * @param events - the items of events in the change's partition.
 */
export function toTimeline(events: Item[], change: StoredChange): TimelineEvent[] {
  const placed = <Kept extends Placed>(kept: readonly Kept[], toEvent: (one: Kept) => TimelineEvent) =>
    kept.map((one) => ({ order: one.order, event: toEvent(one) }));
  return [
    ...events.map((item) => ({ order: orderOf(item), event: fromJson<TimelineEvent>(item, 'event') })),
    ...placed(change.claims, claimedEvent),
    ...placed(change.disclaimers, notSentEvent),
    ...placed(change.clearances, clearedEvent),
    ...placed(change.takeovers, takenOverEvent),
    ...placed(change.cancellation ? [change.cancellation] : [], cancelEvent),
  ]
    .sort((one, other) => (one.order < other.order ? -1 : 1))
    .map(({ event }) => event);
}
