import { StepError } from './errors.ts';

const DAY_MS = 86_400_000;

/**
 * The IANA name of a time zone, in the letter case that AWS expects.
 * @throws StepError `InvalidInputError` when there is no such zone.
 */
export function timeZoneNamed(name: string): string {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    // An older name is resolved to another one; what was asked for is as good.
    if (/^[A-Za-z]/.test(name)) return known.toLowerCase() === name.toLowerCase() ? known : name;
  } catch {
    // Told below, together with offsets, which are no zones.
  }
  throw new StepError('InvalidInputError', `${JSON.stringify(name)} is no time zone; expected an IANA name such as Europe/Berlin or UTC`);
}

/** What a clock in the zone shows, as if it were UTC, in milliseconds. */
function shownAt(moment: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * Moments at which clocks in a zone show a time: as a rule one. None when they jump over it, two when they are set back, earlier first.
 * @param local - `yyyy-mm-ddThh:mm:ss`, a date that exists.
 */
export function momentsOf(local: string, timeZone: string): Date[] {
  const shown = Date.parse(`${local}Z`);
  const offsets = [shown - DAY_MS, shown + DAY_MS].map((around) => shownAt(around, timeZone) - around);
  return [...new Set(offsets.map((offset) => shown - offset))]
    .filter((moment) => shownAt(moment, timeZone) === shown)
    .sort((one, other) => one - other)
    .map((moment) => new Date(moment));
}
