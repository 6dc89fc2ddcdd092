import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { iCalendarFile } from '../../../../../lambdas/adapters/icalendar/icalendar-file.ts';
import { calendarText, event, openEvent, openText, transitions } from './calendar-text.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/calendars', import.meta.url));
const QUARTER = 15 * 60_000;

/** What a clock in a zone shows, as an independent witness. */
function clockIn(timeZone: string): (moment: Date) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (moment) => format.format(moment);
}

const quarters = (from: string, to: string): Date[] =>
  Array.from({ length: (Date.parse(to) - Date.parse(from)) / QUARTER }, (_, index) => new Date(Date.parse(from) + index * QUARTER));

const daily = (zone: string, from: string, to: string, meaning: 'allow' | 'forbid' = 'allow') =>
  openText(
    calendarText(...event(`DTSTART;TZID=${zone}:20260101T${from}`, `DTEND;TZID=${zone}:20260101T${to}`, 'RRULE:FREQ=DAILY')),
    meaning,
  );

describe('iCalendarFile, where clocks are set', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tokyo'])(
    'opens and closes in %s by the clock on the wall, all year round',
    async (zone) => {
      const { stateAt } = await daily(zone, '050000', '070000');
      const clock = clockIn(zone);
      for (const moment of quarters('2026-01-02T00:00:00Z', '2028-01-01T00:00:00Z')) {
        const shown = clock(moment);
        const { open } = await stateAt(moment);
        if (open !== (shown >= '05:00' && shown < '07:00')) expect(`${moment.toISOString()} ${shown}`).toBe(`not open: ${open}`);
      }
    },
  );

  it('does the same with a zone that the file defines itself', async () => {
    const { stateAt } = await iCalendarFile({ name: 'own zone', folder: FIXTURES, file: 'own-zone.ics' });
    const clock = clockIn('Europe/Berlin');
    for (const moment of quarters('2026-01-05T00:00:00Z', '2028-01-01T00:00:00Z')) {
      const shown = clock(moment);
      const { open } = await stateAt(moment);
      if (open !== (shown >= '05:00' && shown < '07:00')) expect(`${moment.toISOString()} ${shown}`).toBe(`not open: ${open}`);
    }
  });

  it.each([
    ['Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'],
    ['Europe/Berlin', '2027-03-27T12:00:00Z', '2027-03-29T12:00:00Z'],
    ['Europe/Berlin', '2027-10-30T12:00:00Z', '2027-11-01T12:00:00Z'],
    ['America/New_York', '2026-03-07T12:00:00Z', '2026-03-09T12:00:00Z'],
    ['America/New_York', '2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z'],
    ['America/New_York', '2027-03-13T12:00:00Z', '2027-03-15T12:00:00Z'],
    ['America/New_York', '2027-11-06T12:00:00Z', '2027-11-08T12:00:00Z'],
  ])('never opens longer, nor forbids less, in %s around %s than the clock shows', async (zone, from, to) => {
    const [window, freeze] = [await daily(zone, '003000', '040000'), await daily(zone, '003000', '040000', 'forbid')];
    const clock = clockIn(zone);
    for (const moment of quarters(from, to)) {
      const shown = clock(moment);
      const during = shown >= '00:30' && shown < '04:00';
      if ((await window.stateAt(moment)).open) expect(`${shown} ${during}`).toBe(`${shown} true`);
      if (during) expect((await freeze.stateAt(moment)).open).toBe(false);
    }
  });

  it.each([
    ['allow', 'spring', '2026-03-28T12:00:00Z', ['2026-03-28T23:30:00Z', '2026-03-29T02:00:00Z']],
    ['forbid', 'spring', '2026-03-28T12:00:00Z', ['2026-03-28T23:30:00Z', '2026-03-29T03:00:00Z']],
    ['allow', 'autumn', '2026-10-24T12:00:00Z', ['2026-10-24T22:30:00Z', '2026-10-25T02:00:00Z']],
    ['forbid', 'autumn', '2026-10-24T12:00:00Z', ['2026-10-24T22:30:00Z', '2026-10-25T03:00:00Z']],
  ] as const)('takes the cautious one of both ends, where events %s, in %s', async (meaning, _season, from, expected) => {
    expect(await transitions(await daily('Europe/Berlin', '003000', '040000', meaning), from, 2)).toEqual(expected);
  });

  it('reads a time that spring leaves out as if clocks were not set forward yet', async () => {
    const calendar = await openEvent('DTSTART;TZID=Europe/Berlin:20260101T023000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
    expect(await transitions(calendar, '2026-03-28T12:00:00Z', 3)).toEqual([
      '2026-03-29T01:30:00Z',
      '2026-03-29T02:30:00Z',
      '2026-03-30T00:30:00Z',
    ]);
  });

  it('has no window on the day on which a clock shows start and end at once', async () => {
    const [opens] = await transitions(await daily('Europe/Berlin', '023000', '033000'), '2026-03-28T12:00:00Z', 1);
    expect(opens).toBe('2026-03-30T00:30:00Z');
  });

  it('takes the first of two times in autumn', async () => {
    const [opens] = await transitions(await daily('Europe/Berlin', '023000', '033000'), '2026-10-24T12:00:00Z', 1);
    expect(opens).toBe('2026-10-25T00:30:00Z');
  });
});
