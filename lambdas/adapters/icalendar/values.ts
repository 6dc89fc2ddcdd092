import { CalendarFault, type Property } from './content-lines.ts';

export const DAY_MS = 86_400_000;

/** A date and time as a clock on a wall shows it: milliseconds since 1970 as if that clock stood in UTC. */
export type WallTime = number;

/** A date, a moment in UTC, or the time on a clock whose zone is said elsewhere (RFC 5545, 3.3.4 and 3.3.5). */
export interface DateOrTime {
  readonly kind: 'date' | 'utc' | 'local';
  readonly wall: WallTime;
}

const DATE_OR_TIME = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/;

/** @throws CalendarFault for anything else, and for days and hours that no calendar or clock has. */
export function parseDateOrTime(text: string, { name, line }: Pick<Property, 'name' | 'line'>): DateOrTime {
  const [match, year, month, day, hour, minute, second, utc] = DATE_OR_TIME.exec(text) ?? [];
  const wall =
    match === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}Z`);
  // A date such as 30 February would be taken for the second of March.
  if (Number.isNaN(wall) || stamp(wall) !== `${year}${month}${day}T${hour ?? '00'}${minute ?? '00'}${second ?? '00'}`)
    throw new CalendarFault(`${name}: "${text.slice(0, 40)}" is neither a date such as 20261224 nor a time such as 20261224T180000Z`, line);
  return { kind: hour === undefined ? 'date' : utc ? 'utc' : 'local', wall };
}

/** As iCalendar writes a time on a clock. */
export const stamp = (wall: WallTime): string => new Date(wall).toISOString().replace(/[-:]|\.000Z$/g, '');

/** Days are those of a calendar, of 23 to 25 hours; everything below is exact. */
export interface Duration {
  readonly days: number;
  readonly exactMs: number;
}

const DURATION = /^\+?P(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/** @throws CalendarFault for anything but a duration that is not negative. */
export function parseDuration({ name, value, line }: Property): Duration {
  const match = /\d/.test(value) ? DURATION.exec(value) : null;
  if (!match) throw new CalendarFault(`${name}: "${value.slice(0, 40)}" is no duration such as PT2H`, line);
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return { days: weeks * 7 + days, exactMs: ((hours * 60 + minutes) * 60 + seconds) * 1000 };
}

/** Milliseconds east of UTC. @throws CalendarFault */
export function parseOffset({ name, value, line }: Property): number {
  const [match, sign, hours, minutes, seconds = '0'] = /^([+-])(\d{2})(\d{2})(\d{2})?$/.exec(value) ?? [];
  if (match === undefined) throw new CalendarFault(`${name}: "${value.slice(0, 40)}" is no offset such as +0100`, line);
  return (sign === '-' ? -1000 : 1000) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds));
}
