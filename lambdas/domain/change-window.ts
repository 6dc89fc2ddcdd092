import { StepError } from '../contracts/errors.ts';
import { LONGEST_BUSY_SECONDS, PATIENCE_SECONDS, STEP_BUDGET_SECONDS } from '../contracts/limits.ts';
import type { Plan } from '../contracts/plan.ts';
import type { FullChangeRequest, Window } from '../contracts/request.ts';
import type { CalendarState, StateAt, WindowLook } from '../contracts/window.ts';
import { WRITING_STATES } from './plan.ts';

/** A window that opens later than this is looked at again before: timers take no more than 24 days, and calendars are edited meanwhile. */
export const LONGEST_WAIT_SECONDS = 20 * 86_400;
/** An opening further away than this is none: more than a year, so that a yearly one is still found. */
const HORIZON_SECONDS = 400 * 86_400;
/** Each transition may cost a request, so a calendar of endless windows that are all too short is given up. */
const MOST_TRANSITIONS = 400;

/**
 * A window between two moments as a calendar.
 * @param window - ISO 8601 with offset; the closing moment is outside.
 * @throws StepError `InvalidInputError` when it does not close after it opens.
 */
export function explicitWindow({ opensAt, closesAt }: Extract<Window, { opensAt: string }>): StateAt {
  const opens = new Date(opensAt);
  const closes = new Date(closesAt);
  if (!(closes > opens)) throw new StepError('InvalidInputError', `window: it closes at ${closesAt}, which is not after ${opensAt}`);
  return async (moment) => {
    if (moment < opens) return { open: false, changesAt: opens };
    return moment < closes ? { open: true, changesAt: closes } : { open: false };
  };
}

type Timed = Pick<FullChangeRequest, 'verification' | 'rollback'>;

/**
 * The longest that a change may take together with its rollback, in seconds. Reading, deciding and the few repetitions of a step that met
 * a sick cluster are not counted.
 */
export function longestChangeSeconds({ verification, rollback }: Timed, { steps }: Pick<Plan, 'steps'>): number {
  const { settleSeconds, intervalSeconds, deadlineSeconds } = verification;
  const patience = Math.min(PATIENCE_SECONDS, deadlineSeconds);
  const oneWrite = deadlineSeconds + Math.min(LONGEST_BUSY_SECONDS, deadlineSeconds);
  const state = (writes: number) => (writes > 0 ? Math.min(STEP_BUDGET_SECONDS, patience + writes * oneWrite) : 0);
  const planned = (name: string) => steps.filter((step) => step.name === name).length;
  const verify = settleSeconds + deadlineSeconds + intervalSeconds;
  const { hold, bind, tune } = WRITING_STATES;
  const forward = state(planned(hold)) + state(planned(bind)) + state(planned(tune)) + verify;
  const back = state(1) + verify + (rollback.restoreProxyPolicy ? state(planned(bind)) : 0);
  return forward + back;
}

/** @throws StepError `CalendarUnreadableError` when a calendar changes next before it was asked: following it would never end. */
function requireLater({ changesAt }: CalendarState, moment: Date): void {
  if (changesAt !== undefined && !(changesAt > moment))
    throw new StepError('CalendarUnreadableError', `a calendar, asked about ${iso(moment)}, names a next change that is not later`);
}

const earliest = (moments: Date[]): Date | undefined => moments.toSorted((a, b) => a.getTime() - b.getTime())[0];
const latest = (moments: Date[]): Date | undefined => moments.toSorted((a, b) => b.getTime() - a.getTime())[0];

/** All calendars as one: open while each is. It stays as it is at least until `changesAt`, and for good when there is none. */
async function together(states: readonly StateAt[], moment: Date): Promise<CalendarState> {
  const each = await Promise.all(states.map((stateAt) => stateAt(moment)));
  for (const state of each) requireLater(state, moment);
  const closed = each.filter(({ open }) => !open);
  const deciding = (closed.length > 0 ? closed : each).map(({ changesAt }) => changesAt);
  const known = deciding.filter((changesAt) => changesAt !== undefined);
  if (closed.length === 0) return withChange(true, earliest(known));
  // Nothing opens before the last of those that are closed does, and nothing at all when one of them never does.
  return withChange(false, known.length < closed.length ? undefined : latest(known));
}

const withChange = (open: boolean, changesAt: Date | undefined): CalendarState => ({ open, ...(changesAt && { changesAt }) });

interface Opening {
  readonly opensAt: Date;
  readonly closesAt?: Date;
}

/** The first stretch of time, now or later, in which every calendar is open for long enough; or until when none was found. */
async function findOpening(states: readonly StateAt[], now: Date, neededMs: number): Promise<Opening | { searchedUntil?: Date }> {
  const horizon = now.getTime() + HORIZON_SECONDS * 1000;
  let opensAt: Date | undefined;
  let at = now;
  for (let transitions = 0; transitions < MOST_TRANSITIONS; transitions += 1) {
    const { open, changesAt } = await together(states, at);
    opensAt = open ? (opensAt ?? at) : undefined;
    if (opensAt && changesAt === undefined) return { opensAt };
    if (changesAt === undefined) return {};
    if (opensAt && changesAt.getTime() - opensAt.getTime() >= neededMs) return { opensAt, closesAt: changesAt };
    if (changesAt.getTime() > horizon) return { searchedUntil: new Date(horizon) };
    at = changesAt;
  }
  return { searchedUntil: at };
}

export interface LookOrder {
  /** Window and freezes: all have to be open at once. */
  readonly states: readonly StateAt[];
  readonly now: Date;
  readonly neededSeconds: number;
  readonly longestWaitSeconds: number;
}

/**
 * Looks whether a change may start now, later or not at all, so that it and its rollback end while every calendar is still open.
 * @throws StepError `CalendarUnreadableError`
 */
export async function lookAtWindow({ states, now, neededSeconds, longestWaitSeconds }: LookOrder): Promise<WindowLook> {
  const found = await findOpening(states, now, neededSeconds * 1000);
  const needed = `change and rollback need up to ${Math.ceil(neededSeconds / 60)} minutes`;
  if (!('opensAt' in found)) {
    const until = found.searchedUntil ? `until ${iso(found.searchedUntil)}` : 'any more';
    return { verdict: 'missed', neededSeconds, says: `${needed}, and the window is not open for that long ${until}` };
  }
  const { opensAt, closesAt } = found;
  const closing = closesAt ? `closes at ${iso(closesAt)}` : 'does not close';
  const facts = { neededSeconds, ...(closesAt && { closesAt: iso(closesAt) }) };
  if (opensAt.getTime() === now.getTime()) return { verdict: 'open', ...facts, says: `the window is open and ${closing}; ${needed}` };
  const longest = new Date(now.getTime() + longestWaitSeconds * 1000);
  const until = opensAt < longest ? opensAt : longest;
  const says = `the window opens at ${iso(opensAt)} and ${closing}; ${needed}`;
  return { verdict: 'wait', until: iso(until), opensAt: iso(opensAt), ...facts, says };
}

/** ISO 8601 in UTC, without the fraction of a second where there is none. */
const iso = (moment: Date): string => moment.toISOString().replace('.000Z', 'Z');
