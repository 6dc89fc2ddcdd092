import { allOf, CalendarFault, type Component, oneOf, type Property, requiredOf } from './content-lines.ts';
import { MOST_OCCURRENCES, parseRecurrence, type Recurrence, recurFromStart } from './recurrence.ts';
import type { Span } from './spans.ts';
import { DAY_MS, type DateOrTime, parseDateOrTime, parseDuration, type WallTime } from './values.ts';
import { ianaZone, momentOf, UTC, type Zone, zonesOf } from './zones.ts';

/** What the events of a calendar mean: changes only then, or none then. */
export type Meaning = 'allow' | 'forbid';

/** A date or time together with the zone whose clocks show it. */
interface Zoned {
  readonly isDate: boolean;
  readonly wall: WallTime;
  readonly zone: Zone;
}

const momentOfZoned = ({ wall, zone }: Zoned): number => momentOf(wall, zone);

/** Reads the dates and times of a property, each in its zone. */
type ReadZoned = (property: Property) => Zoned[];

/** @throws CalendarFault for a time or date of which the file does not say where it holds: nobody could know when that is. */
function zonedReader(calendar: Component): ReadZoned {
  const zoneNamed = zonesOf(calendar);
  const declared = oneOf(calendar, 'X-WR-TIMEZONE');
  const ownZone = declared && ianaZone(declared.value);
  if (declared && !ownZone) throw new CalendarFault(`X-WR-TIMEZONE: the IANA names no time zone "${declared.value}"`, declared.line);
  const zoneOf = ({ kind }: DateOrTime, property: Property): Zone => {
    const { TZID } = property.parameters;
    if (kind === 'utc') return UTC;
    if (TZID !== undefined && kind === 'local') return zoneNamed(TZID, property);
    if (ownZone) return ownZone;
    const what = kind === 'date' ? 'a date is a day somewhere' : 'a local time holds somewhere';
    throw new CalendarFault(`${property.name}: ${what}, so add a line such as X-WR-TIMEZONE:Europe/Berlin to the calendar`, property.line);
  };
  return (property) =>
    property.value.split(',').map((text) => {
      const read = parseDateOrTime(text, property);
      return { isDate: read.kind === 'date', wall: read.wall, zone: zoneOf(read, property) };
    });
}

/** The single one that a property must hold, of the same kind as where the event starts. */
function readOne(property: Property, read: ReadZoned, like?: Zoned): Zoned {
  const [one, second] = read(property);
  if (!one || second) throw new CalendarFault(`${property.name} has to be one date or time`, property.line);
  requireKind([one], property, like);
  return one;
}

function requireKind(values: readonly Zoned[], { name, line }: Property, like: Zoned | undefined): void {
  if (like && values.some(({ isDate }) => isDate !== like.isDate))
    throw new CalendarFault(`${name} and DTSTART have to be both dates or both times`, line);
}

/**
 * Makes of the beginning of an occurrence its end, in milliseconds since 1970. Where clocks are set within an occurrence, its length is
 * exact by the standard (RFC 5545, 3.8.5.3), and calendar programs show it by the clock: a window gets the earlier end, a freeze the later.
 */
function endOf(event: Component, start: Zoned, read: ReadZoned, meaning: Meaning): (start: Zoned) => number {
  const ending = oneOf(event, 'DTEND');
  const lasting = oneOf(event, 'DURATION');
  if (ending && lasting) throw new CalendarFault('an event has DTEND or DURATION, not both', lasting.line);
  if (!ending) {
    const { days, exactMs } = lasting ? parseDuration(lasting) : { days: start.isDate ? 1 : 0, exactMs: 0 };
    return ({ wall, zone }) => momentOf(wall + days * DAY_MS, zone) + exactMs;
  }
  const end = readOne(ending, read, start);
  const exactMs = momentOfZoned(end) - momentOfZoned(start);
  if (exactMs < 0) throw new CalendarFault('the event ends before it starts', ending.line);
  const shownMs = end.zone.name === start.zone.name ? end.wall - start.wall : undefined;
  return ({ wall, zone }) => {
    const exact = momentOf(wall, zone) + exactMs;
    if (shownMs === undefined) return exact;
    const shown = momentOf(wall + shownMs, zone);
    if (start.isDate) return shown;
    return meaning === 'allow' ? Math.min(exact, shown) : Math.max(exact, shown);
  };
}

/** An event and, where it recurs, all of its occurrences. */
interface Series {
  readonly event: Component;
  readonly uid: string | undefined;
  readonly isCancelled: boolean;
  /** Start of the occurrence of another event that it stands for, in milliseconds since 1970. */
  readonly replaces?: number;
  /** Starts of its occurrences, on the clocks of its zone, of which some days more may be given than are asked for. */
  starts(to: number): Zoned[];
  end(start: Zoned): number;
  /** Moments at which it would start and does not. */
  readonly exceptions: ReadonlySet<number>;
}

const UNSUPPORTED = ['EXRULE'];

function lastStart({ until }: Recurrence, { zone }: Zoned): number {
  if (!until) return Number.POSITIVE_INFINITY;
  if (until.kind === 'utc') return until.wall;
  return until.kind === 'date' ? momentOf(until.wall + DAY_MS, zone) - 1 : momentOf(until.wall, zone);
}

function readSeries(event: Component, read: ReadZoned, meaning: Meaning): Series {
  const unsupported = event.properties.find(({ name, parameters: { RANGE, VALUE } }) => {
    return UNSUPPORTED.includes(name) || (name === 'RECURRENCE-ID' && RANGE !== undefined) || (name === 'RDATE' && VALUE === 'PERIOD');
  });
  if (unsupported) throw new CalendarFault(`${unsupported.name} in this form is not supported`, unsupported.line);
  const start = readOne(requiredOf(event, 'DTSTART'), read);
  const listed = (name: string) =>
    allOf(event, name).flatMap((property) => {
      const values = read(property);
      requireKind(values, property, start);
      return values;
    });
  const rule = oneOf(event, 'RRULE');
  const recurrence = rule && parseRecurrence(rule);
  const added = listed('RDATE');
  const replaced = oneOf(event, 'RECURRENCE-ID');
  return {
    event,
    uid: oneOf(event, 'UID')?.value,
    isCancelled: oneOf(event, 'STATUS')?.value.toUpperCase() === 'CANCELLED',
    ...(replaced && { replaces: momentOfZoned(readOne(replaced, read)) }),
    exceptions: new Set(listed('EXDATE').map(momentOfZoned)),
    end: endOf(event, start, read, meaning),
    starts: (to) => {
      if (!recurrence) return [start, ...added];
      const last = lastStart(recurrence, start);
      // A clock may be ahead of UTC by most of a day.
      const recurring = recurFromStart(recurrence, start.wall, to + DAY_MS).map((wall) => ({ ...start, wall }));
      return [...recurring.filter((zoned) => momentOfZoned(zoned) <= last), ...added];
    },
  };
}

/** Makes of every event that recurs one without the occurrences that another event of the file stands for. */
function spansOf(series: Series, all: readonly Series[], to: number): Span[] {
  const { event, uid, replaces, exceptions } = series;
  const replaced = new Set(
    all.filter((other) => uid !== undefined && other.uid === uid && replaces === undefined).map((other) => other.replaces),
  );
  const spans = series.starts(to).map((zoned) => ({ start: momentOfZoned(zoned), end: series.end(zoned) }));
  const within = spans.filter(({ start, end }) => start < end && start < to && !exceptions.has(start) && !replaced.has(start));
  if (within.length > MOST_OCCURRENCES) throw new CalendarFault(`more than ${MOST_OCCURRENCES} occurrences`, event.line);
  return within;
}

/** @throws CalendarFault for two events with the same name: the file holds two versions, and nothing says which one is true. */
function requireDistinct(all: readonly Series[]): void {
  const seen = new Set<string>();
  for (const { uid, replaces, event } of all) {
    const key = `${uid} ${replaces ?? ''}`;
    if (uid !== undefined && seen.has(key)) throw new CalendarFault(`a second event has the UID ${uid}`, event.line);
    seen.add(key);
  }
}

/**
 * When the events of a calendar are, as a function of the moment up to which that is asked, in milliseconds since 1970.
 * Cancelled events are none; whether somebody is busy then (`TRANSP`) does not matter.
 * @throws CalendarFault for what cannot be understood, or not safely; so does the function that it gives.
 */
export function eventsOf(calendar: Component, meaning: Meaning): (to: number) => Span[] {
  const read = zonedReader(calendar);
  const all = calendar.components.filter(({ name }) => name === 'VEVENT').map((event) => readSeries(event, read, meaning));
  requireDistinct(all);
  return (to) => all.filter(({ isCancelled }) => !isCancelled).flatMap((series) => spansOf(series, all, to));
}
