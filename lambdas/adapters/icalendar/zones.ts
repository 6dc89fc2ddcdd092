import { allOf, CalendarFault, type Component, oneOf, type Property, requiredOf } from './content-lines.ts';
import { parseRecurrence, recurWallTimes } from './recurrence.ts';
import { DAY_MS, parseDateOrTime, parseOffset, type WallTime } from './values.ts';

export interface Zone {
  readonly name: string;
  /** Milliseconds that its clocks are ahead of UTC at a moment, in milliseconds since 1970. */
  offsetAt(moment: number): number;
}

export const UTC: Zone = { name: 'UTC', offsetAt: () => 0 };

/** A zone of the IANA's database, as this runtime knows it; undefined when it knows none of that name. */
export function ianaZone(name: string): Zone | undefined {
  // Offsets such as "+02:00" are taken for zones by the runtime, and are no names.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, calendar: 'iso8601', hourCycle: 'h23', ...parts });
  } catch {
    return undefined;
  }
  return {
    name,
    offsetAt: (moment) => {
      const shown = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
      return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
    },
  };
}

/** Rules of zones are followed as far as this. */
const LAST_CHANGE = Date.UTC(2100, 0, 1);

interface Change {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

function changesOf(observance: Component): Change[] {
  const start = requiredOf(observance, 'DTSTART');
  const { kind, wall } = parseDateOrTime(start.value, start);
  if (kind !== 'local') throw new CalendarFault(`DTSTART of ${observance.name} has to be a local time`, start.line);
  const from = parseOffset(requiredOf(observance, 'TZOFFSETFROM'));
  const to = parseOffset(requiredOf(observance, 'TZOFFSETTO'));
  const rule = oneOf(observance, 'RRULE');
  const recurrence = rule && parseRecurrence(rule);
  const { until } = recurrence ?? {};
  const last = until ? until.wall + (until.kind === 'utc' ? from : 0) : LAST_CHANGE;
  const recurring = recurrence ? recurWallTimes(recurrence, wall, LAST_CHANGE).filter((time) => time <= last) : [wall];
  const dates = allOf(observance, 'RDATE').flatMap((property) =>
    property.value.split(',').map((text) => parseDateOrTime(text, property).wall),
  );
  return [...recurring, ...dates].map((time) => ({ at: time - from, from, to }));
}

/** A zone that the file defines itself, in a `VTIMEZONE`. */
function definedZone(name: string, definition: Component): Zone {
  const observances = definition.components.filter((component) => component.name === 'STANDARD' || component.name === 'DAYLIGHT');
  const changes = observances.flatMap(changesOf).sort((a, b) => a.at - b.at);
  const [first] = changes;
  if (!first) throw new CalendarFault(`VTIMEZONE "${name}" has neither STANDARD nor DAYLIGHT`, definition.line);
  return { name, offsetAt: (moment) => changes.findLast(({ at }) => at <= moment)?.to ?? first.from };
}

/**
 * Finds the zones that a file names. One that the IANA names is taken from the runtime, whose rules are kept up to date, and not from
 * what the file says about it.
 */
export function zonesOf(calendar: Component): (name: string, property: Property) => Zone {
  const known = new Map<string, Zone>();
  return (name, { line }) => {
    const definition = calendar.components.find(
      (component) => component.name === 'VTIMEZONE' && requiredOf(component, 'TZID').value === name,
    );
    const zone = known.get(name) ?? ianaZone(name) ?? (definition && definedZone(name, definition));
    if (!zone) throw new CalendarFault(`the time zone "${name}" is neither one of the IANA nor defined by a VTIMEZONE in the file`, line);
    known.set(name, zone);
    return zone;
  };
}

/**
 * The moment at which a clock shows a time. Of two such moments in autumn it is the first, and a time that spring leaves out is read as
 * if the clocks had not been set forward yet (RFC 5545, 3.3.5).
 */
export function momentOf(wall: WallTime, zone: Zone): number {
  const before = zone.offsetAt(wall - DAY_MS);
  const after = zone.offsetAt(wall + DAY_MS);
  const offset = [before, after].find((candidate) => zone.offsetAt(wall - candidate) === candidate) ?? before;
  return wall - offset;
}
