import { checkCron } from './cron.ts';
import { StepError } from './errors.ts';
import { momentsOf } from './local-time.ts';

/** When a schedule starts something for the first time, as far as that can be told, and what somebody should know about it. */
export interface FirstStart {
  readonly at?: Date;
  readonly note?: string;
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const RATE = /^rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)$/;
const AT = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/;
const CRON = /^cron\((.*)\)$/;

const invalid = (message: string): StepError => new StepError('InvalidInputError', message);

export const isOneTime = (when: string): boolean => when.startsWith('at(');

/** How far apart the starts of a rate are, in milliseconds; undefined for other expressions. */
export function rateMs(when: string): number | undefined {
  const [, count, unit] = RATE.exec(when) ?? [];
  return unit === undefined ? undefined : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The time of a one-time expression as it is written, `yyyy-mm-ddThh:mm:ss`; undefined for other expressions. */
export const localTimeOf = (when: string): string | undefined => AT.exec(when)?.[1];

function isDate(local: string): boolean {
  const moment = Date.parse(`${local}Z`);
  return Number.isFinite(moment) && new Date(moment).toISOString().startsWith(local);
}

function firstOfRate(when: string, now: Date): FirstStart {
  const [, count, , plural] = RATE.exec(when) ?? [];
  const interval = rateMs(when);
  if (interval === undefined || (count === '1') === (plural === 's'))
    throw invalid(`${JSON.stringify(when)} is no rate; expected a number and minutes, hours or days, such as "7 days" or "1 hour"`);
  return { at: new Date(now.getTime() + interval) };
}

function firstOfOneTime(when: string, timeZone: string, now: Date): FirstStart {
  const local = localTimeOf(when);
  if (local === undefined || !isDate(local))
    throw invalid(`${JSON.stringify(when)} is no time that exists; expected yyyy-mm-ddThh:mm[:ss]`);
  const [first, second] = momentsOf(local, timeZone);
  if (!first) throw invalid(`${local} does not exist in ${timeZone}: clocks are set forward over it, so nothing would be started`);
  if (first <= now) throw invalid(`${local} in ${timeZone} (${first.toISOString()}) is in the past; it is ${now.toISOString()}`);
  if (!second) return { at: first };
  const [one, other] = [first.toISOString(), second.toISOString()];
  const note = `${local} exists twice in ${timeZone}, because clocks are set back: AWS documents that it starts once and is not repeated, so expect ${one} and not ${other}; with the time zone UTC there is no doubt`;
  return { at: first, note };
}

/**
 * Checks an expression of EventBridge Scheduler: what it says, and that it will start something.
 * @param timeZone - of `at(…)` and `cron(…)`, one that exists.
 * @returns the first start, unless only AWS works it out, which is so for `cron(…)`. A rate is taken to begin one interval from now.
 * @throws StepError `InvalidInputError` with one sentence.
 */
export function checkExpression(when: string, timeZone: string, now: Date): FirstStart {
  if (isOneTime(when)) return firstOfOneTime(when, timeZone, now);
  const [, fields] = CRON.exec(when) ?? [];
  if (fields === undefined) return firstOfRate(when, now);
  checkCron(fields, now);
  return {};
}
