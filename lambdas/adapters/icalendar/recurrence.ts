import { RRuleTemporal } from 'rrule-temporal';
import { CalendarFault, type Property } from './content-lines.ts';
import { type DateOrTime, parseDateOrTime, stamp, type WallTime } from './values.ts';

/** More than this is no calendar of windows or freezes, and would take long to go through. */
export const MOST_OCCURRENCES = 100_000;

const numbers =
  (least: number, most: number, signed = false) =>
  (value: string) =>
    value.split(',').every((part) => (signed ? /^[+-]?\d{1,3}$/ : /^\d{1,4}$/).test(part) && inRange(Math.abs(Number(part)), least, most));
const inRange = (number: number, least: number, most: number): boolean => number >= least && number <= most;
const words = (pattern: RegExp) => (value: string) => value.split(',').every((part) => pattern.test(part));
const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';

/** What each part of a rule may say (RFC 5545, 3.3.10). A part that would be ignored could open a calendar that is meant to be shut. */
const PARTS: Readonly<Record<string, (value: string) => boolean>> = {
  FREQ: (value) => /^(?:SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(value),
  UNTIL: () => true,
  COUNT: (value) => /^[1-9]\d{0,8}$/.test(value),
  INTERVAL: (value) => /^[1-9]\d{0,8}$/.test(value),
  BYSECOND: numbers(0, 59),
  BYMINUTE: numbers(0, 59),
  BYHOUR: numbers(0, 23),
  BYDAY: words(new RegExp(`^(?:[+-]?[1-9]\\d?)?${WEEKDAY}$`)),
  BYMONTHDAY: numbers(1, 31, true),
  BYYEARDAY: numbers(1, 366, true),
  BYWEEKNO: numbers(1, 53, true),
  BYMONTH: numbers(1, 12),
  BYSETPOS: numbers(1, 366, true),
  WKST: (value) => new RegExp(`^${WEEKDAY}$`).test(value),
};

export interface Recurrence {
  readonly line: number;
  /** The rule without its end. */
  readonly rule: string;
  readonly until?: DateOrTime;
}

/** @throws CalendarFault for a rule that is malformed or that says something twice. */
export function parseRecurrence({ name, value, line }: Property): Recurrence {
  const parts = value
    .toUpperCase()
    .replace(/;$/, '')
    .split(';')
    .map((part) => part.split('=', 2) as [string, string?]);
  const faulty = parts.find(([key, says]) => !(Object.hasOwn(PARTS, key) && PARTS[key]?.(says ?? '')));
  if (faulty) throw new CalendarFault(`${name}: "${faulty.join('=')}" is not understood`, line);
  const rule = Object.fromEntries(parts);
  if (Object.keys(rule).length < parts.length) throw new CalendarFault(`${name} says one thing twice`, line);
  const { FREQ, UNTIL, COUNT } = rule;
  if (FREQ === undefined) throw new CalendarFault(`${name} has no FREQ`, line);
  if (UNTIL !== undefined && COUNT !== undefined) throw new CalendarFault(`${name} has both UNTIL and COUNT`, line);
  const text = parts.filter(([key]) => key !== 'UNTIL').map((part) => part.join('='));
  return { line, rule: text.join(';'), ...(UNTIL !== undefined && { until: parseDateOrTime(UNTIL, { name: `${name} UNTIL`, line }) }) };
}

/**
 * When a rule that begins at a time on a clock recurs, on that same clock; its UNTIL is the caller's to apply, who knows the zone.
 * @param to - the end of what is asked for, itself outside.
 * @throws CalendarFault when there are far too many of them.
 */
export function recurWallTimes({ rule, line }: Recurrence, start: WallTime, to: WallTime): WallTime[] {
  if (to <= start) return [];
  const times = expand(rule, line, start, to).filter((wall) => wall < to);
  if (times.length > MOST_OCCURRENCES) throw tooMany(line);
  return times;
}

/**
 * The same for the rule of an event, whose start has to be among its times: what it means otherwise is undefined (RFC 5545, 3.8.5.3),
 * and programs differ.
 * @throws CalendarFault
 */
export function recurFromStart(recurrence: Recurrence, start: WallTime, to: WallTime): WallTime[] {
  const times = recurWallTimes(recurrence, start, to);
  if (to > start && times[0] !== start) throw new CalendarFault('DTSTART is not among the times of its own RRULE', recurrence.line);
  return times;
}

const tooMany = (line: number): CalendarFault => new CalendarFault(`RRULE recurs more than ${MOST_OCCURRENCES} times`, line);

function expand(rule: string, line: number, start: WallTime, to: WallTime): WallTime[] {
  try {
    const recurrence = new RRuleTemporal({
      rruleString: `DTSTART:${stamp(start)}Z\nRRULE:${rule}`,
      maxIterations: MOST_OCCURRENCES,
      strict: true,
    });
    return recurrence.between(new Date(start), new Date(to), true).map(({ epochMilliseconds }) => epochMilliseconds);
  } catch (error) {
    if (error instanceof Error && /maximum/i.test(error.message)) throw tooMany(line);
    throw new CalendarFault(`RRULE: ${error instanceof Error ? error.message : 'unknown error'}`, line);
  }
}
