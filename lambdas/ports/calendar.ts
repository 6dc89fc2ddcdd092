import type { StateAt } from '../contracts/window.ts';

/** A calendar that says when something may start. */
export interface Calendar {
  /** @throws StepError `CalendarUnreadableError`; what cannot be read is never taken for open. */
  readonly stateAt: StateAt;
}
