import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iCalendarFile } from '../../../../../lambdas/adapters/icalendar/icalendar-file.ts';
import { calendarText, event, openEvent, openText, transitions } from './calendar-text.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/calendars', import.meta.url));
const fixture = (file: string) => iCalendarFile({ name: file, folder: FIXTURES, file });

describe('iCalendarFile', () => {
  it('reads a calendar in the form that AWS Change Calendar has', async () => {
    const calendar = await fixture('change-calendar.ics');
    expect(await calendar.stateAt(new Date('2026-11-23T12:00:00Z'))).toEqual({ open: true, changesAt: new Date('2026-12-18T17:00:00Z') });
    expect(await transitions(calendar, '2026-11-23T12:00:00Z', 3)).toEqual(['2026-12-18T17:00:00Z', '2027-01-04T06:00:00Z', 'never']);
  });

  it('leaves out exceptions, moves what was moved and drops what was cancelled', async () => {
    expect(await transitions(await fixture('maintenance.ics'), '2026-01-05T12:00:00Z', 4)).toEqual([
      '2026-01-08T19:00:00Z',
      '2026-01-08T20:00:00Z',
      '2026-01-10T04:00:00Z',
      '2026-01-10T06:00:00Z',
    ]);
  });

  it.each<[string, string[], string[]]>([
    ['all-day', ['DTSTART;VALUE=DATE:20261224'], ['2026-12-23T23:00:00Z', '2026-12-24T23:00:00Z', 'never']],
    ['of days', ['DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227'], ['2026-12-23T23:00:00Z', '2026-12-26T23:00:00Z', 'never']],
    ['floating', ['DTSTART:20260701T120000', 'DURATION:PT90M'], ['2026-07-01T10:00:00Z', '2026-07-01T11:30:00Z', 'never']],
    ['all-day on the day of 23 hours', ['DTSTART;VALUE=DATE:20260329'], ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 'never']],
    ['all-day on the day of 25 hours', ['DTSTART;VALUE=DATE:20261025'], ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'never']],
  ])('puts an event that is %s into the zone of the calendar', async (_kind, lines, expected) => {
    const text = calendarText('X-WR-TIMEZONE:Europe/Berlin', ...event(...lines));
    expect(await transitions(await openText(text, 'allow'), '2026-01-01T00:00:00Z', 3)).toEqual(expected);
  });

  it('adds dates beside a rule, and merges what touches', async () => {
    const calendar = await openEvent(
      'DTSTART:20260101T000000Z',
      'DTEND:20260101T010000Z',
      'RRULE:FREQ=WEEKLY;COUNT=2',
      'RDATE:20260101T010000Z,20260102T000000Z',
    );
    expect(await transitions(calendar, '2025-12-31T00:00:00Z', 7)).toEqual([
      '2026-01-01T00:00:00Z',
      '2026-01-01T02:00:00Z',
      '2026-01-02T00:00:00Z',
      '2026-01-02T01:00:00Z',
      '2026-01-08T00:00:00Z',
      '2026-01-08T01:00:00Z',
      'never',
    ]);
  });

  it.each([
    ['20260103T000000Z', 3],
    ['20260102T235959Z', 2],
    ['20260103', 3],
  ])('recurs until %s, that moment included', async (until, times) => {
    const calendar = await openEvent('DTSTART:20260101T000000Z', 'DTEND:20260101T010000Z', `RRULE:FREQ=DAILY;UNTIL=${until}`);
    expect(await transitions(calendar, '2025-12-31T00:00:00Z', 99)).toHaveLength(2 * times + 1);
  });

  it('counts an UNTIL in UTC by the clock of UTC, not of the event', async () => {
    const calendar = await openEvent(
      'DTSTART;TZID=America/New_York:20260101T220000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;UNTIL=20260103T030000Z',
    );
    expect(await transitions(calendar, '2026-01-01T00:00:00Z', 99)).toHaveLength(5);
  });

  it('finds the next day of a leap year', async () => {
    const calendar = await openEvent('DTSTART:20240229T000000Z', 'DURATION:P1D', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29');
    expect(await transitions(calendar, '2027-01-01T00:00:00Z', 1)).toEqual(['2028-02-29T00:00:00Z']);
  });

  it('is open for good where one event follows the other without end', async () => {
    const calendar = await openEvent('DTSTART:20060101T000000Z', 'DURATION:P1D', 'RRULE:FREQ=DAILY');
    expect(await calendar.stateAt(new Date('2026-11-23T12:00:00Z'))).toEqual({ open: true });
  });

  it('takes no notice of an event without length', async () => {
    const calendar = await openEvent('DTSTART:20260101T000000Z');
    expect(await transitions(calendar, '2025-12-31T00:00:00Z', 1)).toEqual(['never']);
  });
});

describe('iCalendarFile, compared with looking at every day', () => {
  const DAY = 86_400_000;
  const weekday = (day: Date) => ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][day.getUTCDay()] ?? '';
  const date = (day: Date) => day.getUTCDate();
  const lastDate = (day: Date) => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  const weeksSince = (day: Date, monday: string) => Math.floor((day.getTime() - Date.parse(monday)) / (7 * DAY));

  it.each<[string, string, (day: Date) => boolean]>([
    ['FREQ=DAILY;INTERVAL=3', '20260101', (day) => ((day.getTime() - Date.parse('2026-01-01')) / DAY) % 3 === 0],
    ['FREQ=WEEKLY;BYDAY=TU,TH', '20260101', (day) => ['TU', 'TH'].includes(weekday(day))],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU', '20260104', (day) => weekday(day) === 'SU' && weeksSince(day, '2025-12-29') % 2 === 0],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU', '20260104', (day) => weekday(day) === 'SU' && weeksSince(day, '2026-01-04') % 2 === 0],
    ['FREQ=MONTHLY;BYDAY=2TU', '20260113', (day) => weekday(day) === 'TU' && date(day) > 7 && date(day) <= 14],
    ['FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2', '20260113', (day) => weekday(day) === 'TU' && date(day) > 7 && date(day) <= 14],
    ['FREQ=MONTHLY;BYDAY=-1FR', '20260130', (day) => weekday(day) === 'FR' && date(day) > lastDate(day) - 7],
    ['FREQ=MONTHLY;BYMONTHDAY=31', '20260131', (day) => date(day) === 31],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '20260131', (day) => date(day) === lastDate(day)],
    ['FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1', '20260101', (day) => date(day) === 1 && day.getUTCMonth() % 3 === 0],
    ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26', '20251224', (day) => day.getUTCMonth() === 11 && [24, 25, 26].includes(date(day))],
    [
      'FREQ=YEARLY;BYDAY=4TH;BYMONTH=11',
      '20251127',
      (day) => day.getUTCMonth() === 10 && weekday(day) === 'TH' && date(day) > 21 && date(day) <= 28,
    ],
  ])('recurs by %s', async (rule, start, recurs) => {
    const { stateAt } = await openEvent(`DTSTART:${start}T120000Z`, 'DURATION:PT1H', `RRULE:${rule}`);
    const first = Date.parse(start.replace(/(....)(..)(..)/, '$1-$2-$3'));
    for (let at = first; at < Date.parse('2028-07-01'); at += DAY) {
      const day = new Date(at);
      const { open } = await stateAt(new Date(at + DAY / 2));
      if (open !== recurs(day)) expect(`${day.toISOString()} ${open}`).toBe(recurs(day));
    }
  });
});

describe('iCalendarFile, on what events mean', () => {
  const text = (...lines: string[]) => calendarText(...lines, ...event('DTSTART:20260101T000000Z', 'DURATION:PT1H'));
  const isOpen = async (...about: Parameters<typeof openText>) =>
    (await (await openText(...about)).stateAt(new Date('2026-01-01T00:30:00Z'))).open;

  it.each([
    ['DEFAULT_CLOSED', undefined, true],
    ['DEFAULT_OPEN', undefined, false],
    ['DEFAULT_CLOSED', 'allow', true],
    ['DEFAULT_OPEN', 'forbid', false],
  ] as const)('follows X-CALENDAR-TYPE:%s with %s in the configuration', async (type, events, open) => {
    expect(await isOpen(text(`X-CALENDAR-TYPE:${type}`), events)).toBe(open);
  });

  it.each([
    ['allow', true],
    ['forbid', false],
  ] as const)('follows the configuration where the file says nothing: %s', async (events, open) => {
    expect(await isOpen(text(), events)).toBe(open);
  });

  it.each([
    [
      ['X-CALENDAR-TYPE:DEFAULT_OPEN'],
      'allow',
      'line 3: X-CALENDAR-TYPE:DEFAULT_OPEN says that events forbid, and the configuration says "allow"',
    ],
    [['X-CALENDAR-TYPE:HALF_OPEN'], undefined, 'line 3: X-CALENDAR-TYPE is "HALF_OPEN", not DEFAULT_OPEN or DEFAULT_CLOSED'],
    [[], undefined, 'write "events": "allow" or "events": "forbid" beside "file" in the configuration'],
  ] as const)('refuses %s with %s in the configuration', async (lines, events, says) => {
    await expect(openText(text(...lines), events)).rejects.toMatchObject({
      name: 'CalendarUnreadableError',
      message: expect.stringContaining(says),
    });
  });
});

describe('iCalendarFile, on what it cannot read', () => {
  const START = 'DTSTART:20260101T000000Z';
  /** Lines 1 and 2 are the calendar's, and an event begins in line 3. */
  const inEvent = (...lines: string[]) => calendarText(...event(...lines));

  it.each<[string, string, string]>([
    ['an empty file', ' \n', 'test.ics: the file is empty'],
    [
      'a page that asks to sign in',
      '<html><body>sign in: here</body></html>',
      'line 1: "<html><body>sign in: here</body></html>" is no line of a calendar',
    ],
    ['a file that is cut off', inEvent(START).slice(0, -30), 'line 3: VEVENT has no end: the file is cut off'],
    ['crossed components', calendarText('BEGIN:VEVENT', 'END:VTODO', 'END:VEVENT'), 'line 4: END:VTODO ends nothing that has begun here'],
    ['no calendar', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'line 1: expected exactly one VCALENDAR'],
    ['two calendars', calendarText() + calendarText(), 'line 4: expected exactly one VCALENDAR'],
    ['a line that is none', inEvent(START, 'nonsense'), 'line 5: "nonsense" is no line of a calendar'],
    ['an event without a start', inEvent('UID:1'), 'line 3: VEVENT has no DTSTART'],
    ['two starts', inEvent(START, START), 'line 5: DTSTART is there twice'],
    ['a day that does not exist', inEvent('DTSTART:20260230T000000Z'), 'line 4: DTSTART: "20260230T000000Z" is neither a date'],
    ['an hour that does not exist', inEvent('DTSTART:20260201T240000Z'), 'line 4: DTSTART: "20260201T240000Z" is neither a date'],
    ['a start in another form', inEvent('DTSTART:2026-02-01T00:00:00Z'), 'line 4: DTSTART'],
    [
      'a floating time',
      inEvent('DTSTART:20260101T000000'),
      'line 4: DTSTART: a local time holds somewhere, so add a line such as X-WR-TIMEZONE:Europe/Berlin',
    ],
    ['a date nowhere', inEvent('DTSTART;VALUE=DATE:20260101'), 'line 4: DTSTART: a date is a day somewhere'],
    [
      'an unknown zone',
      inEvent('DTSTART;TZID=Mars/Olympus:20260101T000000'),
      'line 4: the time zone "Mars/Olympus" is neither one of the IANA nor',
    ],
    ['an offset for a zone', inEvent('DTSTART;TZID="+02:00":20260101T000000'), 'line 4: the time zone "+02:00" is neither'],
    ['an unknown zone of the calendar', calendarText('X-WR-TIMEZONE:Here'), 'line 3: X-WR-TIMEZONE: the IANA names no time zone "Here"'],
    ['an end before the start', inEvent(START, 'DTEND:20251231T000000Z'), 'line 5: the event ends before it starts'],
    ['an end of another kind', inEvent(START, 'DTEND;VALUE=DATE:20260102'), 'line 5: DTEND'],
    ['end and duration', inEvent(START, 'DTEND:20260102T000000Z', 'DURATION:PT1H'), 'line 6: an event has DTEND or DURATION, not both'],
    ['a negative duration', inEvent(START, 'DURATION:-PT1H'), 'line 5: DURATION: "-PT1H" is no duration'],
    ['an empty duration', inEvent(START, 'DURATION:P'), 'line 5: DURATION: "P" is no duration'],
    ['an excepted day of an event with times', inEvent(START, 'RRULE:FREQ=DAILY', 'EXDATE;VALUE=DATE:20260102'), 'line 6: EXDATE'],
    ['a rule that excepts', inEvent(START, 'EXRULE:FREQ=DAILY'), 'line 5: EXRULE in this form is not supported'],
    ['periods', inEvent(START, 'RDATE;VALUE=PERIOD:20260102T000000Z/PT1H'), 'line 5: RDATE in this form is not supported'],
    [
      'a change of all that follows',
      inEvent(START, 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260102T000000Z'),
      'line 5: RECURRENCE-ID in this form',
    ],
    [
      'a second event of the same name',
      calendarText(...event('UID:1', START), ...event('UID:1', START)),
      'line 7: a second event has the UID 1',
    ],
    ['a rule without frequency', inEvent(START, 'RRULE:INTERVAL=2'), 'line 5: RRULE has no FREQ'],
    ['an unknown part of a rule', inEvent(START, 'RRULE:FREQ=DAILY;BYMOON=FULL'), 'line 5: RRULE: "BYMOON=FULL" is not understood'],
    ['an hour of a rule that does not exist', inEvent(START, 'RRULE:FREQ=DAILY;BYHOUR=25'), 'line 5: RRULE: "BYHOUR=25" is not understood'],
    ['a rule that says two things', inEvent(START, 'RRULE:FREQ=DAILY;FREQ=WEEKLY'), 'line 5: RRULE says one thing twice'],
    ['a rule with two ends', inEvent(START, 'RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260201T000000Z'), 'line 5: RRULE has both UNTIL and COUNT'],
  ])('refuses %s', async (_case, text, says) => {
    await expect(openText(text, 'allow')).rejects.toMatchObject({
      name: 'CalendarUnreadableError',
      message: expect.stringMatching(/^calendar "test": .*test\.ics/),
    });
    await expect(openText(text, 'allow')).rejects.toThrow(says);
  });

  it.each([
    ['never recurs', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'line 5: DTSTART is not among the times of its own RRULE'],
    ['does not begin with its own start', 'FREQ=WEEKLY;BYDAY=MO', 'line 5: DTSTART is not among the times of its own RRULE'],
    ['recurs every second', 'FREQ=SECONDLY', 'line 5: RRULE recurs more than 100000 times'],
    ['recurs every minute', 'FREQ=MINUTELY', 'line 5: RRULE recurs more than 100000 times'],
    ['numbers the weekdays of a week', 'FREQ=WEEKLY;BYDAY=2TH', 'line 5: RRULE: BYDAY'],
  ])('refuses a rule that %s, and does not hang', async (_case, rule, says) => {
    const { stateAt } = await openEvent(START, `RRULE:${rule}`);
    await expect(stateAt(new Date('2026-11-23T12:00:00Z'))).rejects.toMatchObject({
      name: 'CalendarUnreadableError',
      message: expect.stringContaining(says),
    });
  });
});

describe('iCalendarFile, on the file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'calendar-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const open = () => iCalendarFile({ name: 'freeze', folder, file: 'freeze.ics', events: 'forbid' });
  const write = (...lines: string[]) => writeFile(join(folder, 'freeze.ics'), calendarText(...lines));

  it('names a file that is missing', async () => {
    await expect(open()).rejects.toMatchObject({
      name: 'CalendarUnreadableError',
      message: `calendar "freeze": ${join(folder, 'freeze.ics')}: there is no such file`,
    });
  });

  it('names a folder that stands in its place', async () => {
    const folderItself = iCalendarFile({ name: 'freeze', folder, file: '.', events: 'forbid' });
    await expect(folderItself).rejects.toMatchObject({ name: 'CalendarUnreadableError', message: expect.stringContaining('EISDIR') });
  });

  it('reads the file afresh whenever it is opened', async () => {
    const moment = new Date('2026-01-01T12:00:00Z');
    await write();
    expect((await (await open()).stateAt(moment)).open).toBe(true);
    await write(...event('DTSTART:20260101T000000Z', 'DURATION:P1D'));
    expect((await (await open()).stateAt(moment)).open).toBe(false);
  });

  it('accepts a byte order mark, lines that end as on Unix, and small letters', async () => {
    const text = `\uFEFF${calendarText(...event('DTSTART:20260101T000000Z', 'DURATION:P1D'))}`
      .replaceAll('\r', '')
      .replace('BEGIN:VEVENT', 'begin:vevent');
    await writeFile(join(folder, 'freeze.ics'), text);
    expect((await (await open()).stateAt(new Date('2026-01-01T12:00:00Z'))).open).toBe(false);
  });
});
