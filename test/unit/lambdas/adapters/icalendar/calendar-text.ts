import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ICalendarFileProps, iCalendarFile } from '../../../../../lambdas/adapters/icalendar/icalendar-file.ts';
import type { Calendar } from '../../../../../lambdas/ports/calendar.ts';

/** A calendar with these lines. */
export const calendarText = (...lines: string[]): string => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** The lines of an event with these lines. */
export const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];

/** Opens a text as a file. */
export async function openText(text: string, events?: ICalendarFileProps['events']): Promise<Calendar> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-'));
  try {
    await writeFile(join(folder, 'test.ics'), text);
    return await iCalendarFile({ name: 'test', folder, file: 'test.ics', events });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Opens a calendar with one event, which allows changes. */
export const openEvent = (...lines: string[]): Promise<Calendar> => openText(calendarText(...event(...lines)), 'allow');

/** When a calendar opens and closes from a moment on, as many times as asked for. */
export async function transitions({ stateAt }: Calendar, from: string, count: number): Promise<string[]> {
  const found: string[] = [];
  let moment = new Date(from);
  while (found.length < count) {
    const { changesAt } = await stateAt(moment);
    if (!changesAt) return [...found, 'never'];
    found.push(changesAt.toISOString().replace('.000', ''));
    moment = changesAt;
  }
  return found;
}
