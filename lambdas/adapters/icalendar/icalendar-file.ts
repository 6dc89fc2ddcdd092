import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StepError } from '../../contracts/errors.ts';
import type { CalendarState } from '../../contracts/window.ts';
import type { Calendar } from '../../ports/calendar.ts';
import { CalendarFault, type Component, oneOf, parseCalendar } from './content-lines.ts';
import { eventsOf, type Meaning } from './events.ts';
import { mergeSpans, type Span } from './spans.ts';
import { DAY_MS } from './values.ts';

/** What comes later than this is not seen: longer than anybody waits for a window. */
const SIGHT_MS = 800 * DAY_MS;

export interface ICalendarFileProps {
  /** As the configuration calls it. */
  readonly name: string;
  /** Folder that the file is relative to. */
  readonly folder: string;
  readonly file: string;
  /** What its events mean, where the file does not say so itself. */
  readonly events?: Meaning | undefined;
}

const TYPES: Readonly<Record<string, Meaning>> = { DEFAULT_OPEN: 'forbid', DEFAULT_CLOSED: 'allow' };

/** @throws CalendarFault when neither file nor configuration say what events mean, or both and not the same. */
function meaningOf(calendar: Component, configured: Meaning | undefined): Meaning {
  const type = oneOf(calendar, 'X-CALENDAR-TYPE');
  const own = type && (Object.hasOwn(TYPES, type.value) ? TYPES[type.value] : undefined);
  if (type && !own) throw new CalendarFault(`X-CALENDAR-TYPE is "${type.value}", not DEFAULT_OPEN or DEFAULT_CLOSED`, type.line);
  if (type && configured && own !== configured)
    throw new CalendarFault(`X-CALENDAR-TYPE:${type.value} says that events ${own}, and the configuration says "${configured}"`, type.line);
  const meaning = own ?? configured;
  if (!meaning)
    throw new CalendarFault(
      'nothing says what its events mean: write "events": "allow" or "events": "forbid" beside "file" in the configuration',
    );
  return meaning;
}

/** The state at a moment, from stretches of time that are in order and do not touch, and are known until `to`. */
function stateIn(spans: readonly Span[], to: number, moment: Date, meaning: Meaning): CalendarState {
  const at = moment.getTime();
  const next = spans.find(({ end }) => end > at);
  const isDuring = next !== undefined && next.start <= at;
  const changesAt = isDuring ? next.end : next?.start;
  // A stretch that reaches as far as one can see may go on.
  return { open: isDuring === (meaning === 'allow'), ...(changesAt !== undefined && changesAt < to && { changesAt: new Date(changesAt) }) };
}

function readable<T>(name: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CalendarFault)) throw error;
    const place = error.line === undefined ? path : `${path}, line ${error.line}`;
    throw new StepError('CalendarUnreadableError', `calendar "${name}": ${place}: ${error.message}`, { cause: error });
  }
}

async function textOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`;
    throw new StepError('CalendarUnreadableError', `calendar "${name}": ${path}: ${reason}`, { cause: error });
  }
}

/**
 * A calendar from a file in the form of iCalendar (RFC 5545), as it is at this moment. Its state is known for about two years from the
 * moment that is asked for: what changes later counts as never changing.
 * @throws StepError `CalendarUnreadableError`, naming the file and, where there is one, the line.
 */
export async function iCalendarFile({ name, folder, file, events }: ICalendarFileProps): Promise<Calendar> {
  const path = resolve(folder, file);
  const text = await textOf(name, path);
  const { meaning, eventsUntil } = readable(name, path, () => {
    const calendar = parseCalendar(text);
    const found = meaningOf(calendar, events);
    return { meaning: found, eventsUntil: eventsOf(calendar, found) };
  });
  let known: { readonly to: number; readonly spans: readonly Span[] } | undefined;
  return {
    stateAt: async (moment) => {
      // Twice as far as needed, so that a walk through the months ahead goes through the rules once.
      if (known === undefined || known.to < moment.getTime() + SIGHT_MS) {
        const to = moment.getTime() + 2 * SIGHT_MS;
        known = { to, spans: readable(name, path, () => mergeSpans(eventsUntil(to))) };
      }
      return stateIn(known.spans, known.to, moment, meaning);
    },
  };
}
