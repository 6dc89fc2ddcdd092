import * as z from 'zod';

/** Whether a calendar lets something start at a moment, and when that changes next, if it ever does. */
export interface CalendarState {
  readonly open: boolean;
  readonly changesAt?: Date;
}

/** A calendar as a question: what is its state at this moment? */
export type StateAt = (moment: Date) => Promise<CalendarState>;

/** What was found at a change window. Moments are ISO 8601 in UTC. */
export const WindowLook = z.strictObject({
  verdict: z.enum(['open', 'wait', 'missed']),
  /** When to look again: the opening, or, for one that is weeks away, some moment before it. */
  until: z.iso.datetime().optional(),
  opensAt: z.iso.datetime().optional(),
  closesAt: z.iso.datetime().optional(),
  /** Time that change and rollback need at most, in seconds. */
  neededSeconds: z.int().min(0),
  /** One sentence for people. */
  says: z.string(),
});
export type WindowLook = z.infer<typeof WindowLook>;
