import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { TimelineEvent } from '../../contracts/record.ts';
import { type Claim, type Clearance, type Disclaimer, EVENT, fromJson, required, type StoredChange } from './items.ts';
import type { Item } from './table.ts';

export const claimedEvent = ({ at, step, command }: Claim): TimelineEvent => ({ at, type: 'write-claimed', step, command });
export const notSentEvent = ({ at, step, command }: Disclaimer): TimelineEvent => ({ at, type: 'write-not-sent', step, command });
export const clearedEvent = ({ at, by }: Clearance): TimelineEvent => ({ at, type: 'note', text: `lock cleared by ${by}` });

const orderOf = (item: Item): string => required(item, CHANGE_TABLE.sortKey).slice(EVENT.length);

/**
 * The timeline of a change. A claim and a clearance have no item of their own, which a crash could keep from being written: their
 * lines come from the change itself, which they altered.
 * @param events - the items of events in the change's partition.
 */
export function toTimeline(events: Item[], { claims, disclaimers, clearances }: StoredChange): TimelineEvent[] {
  return [
    ...events.map((item) => ({ order: orderOf(item), event: fromJson<TimelineEvent>(item, 'event') })),
    ...claims.map((claim) => ({ order: claim.order, event: claimedEvent(claim) })),
    ...disclaimers.map((disclaimer) => ({ order: disclaimer.order, event: notSentEvent(disclaimer) })),
    ...clearances.map((clearance) => ({ order: clearance.order, event: clearedEvent(clearance) })),
  ]
    .sort((one, other) => (one.order < other.order ? -1 : 1))
    .map(({ event }) => event);
}
