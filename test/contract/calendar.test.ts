import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeCalendar } from '../../lambdas/adapters/change-calendar/change-calendar.ts';
import { iCalendarFile } from '../../lambdas/adapters/icalendar/icalendar-file.ts';
import { lookAtWindow } from '../../lambdas/domain/change-window.ts';
import type { Calendar } from '../../lambdas/ports/calendar.ts';

/** Moments in minutes since `START`; the end is outside. */
type Event = readonly [from: number, to: number];
interface Written {
  readonly meaning: 'allow' | 'forbid';
  readonly events: readonly Event[];
}
/** Makes a calendar. A further adapter joins the suite with a line in `calendars`. */
type MakeCalendar = (written: Written) => Promise<Calendar>;

const START = Date.parse('2026-11-23T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60;
const YEAR = 365 * 24 * HOUR;
const at = (minutes: number): Date => new Date(START + minutes * MINUTE);

const isOpen = ({ meaning, events }: Written, minutes: number): boolean =>
  events.some(([from, to]) => from <= minutes && minutes < to) === (meaning === 'allow');

/** Looks at every minute at which anything begins or ends. */
const nextChange = (written: Written, minutes: number): number | undefined =>
  written.events
    .flat()
    .toSorted((a, b) => a - b)
    .find((edge) => edge > minutes && isOpen(written, edge) !== isOpen(written, minutes));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calendar-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file: MakeCalendar = async ({ meaning, events }) => {
  const stamp = (minutes: number) =>
    at(minutes)
      .toISOString()
      .replace(/[-:]|\.000/g, '');
  const lines = events.flatMap(([from, to], index) => [
    'BEGIN:VEVENT',
    `UID:${index}`,
    `DTSTART:${stamp(from)}`,
    `DTEND:${stamp(to)}`,
    'END:VEVENT',
  ]);
  const type = meaning === 'allow' ? 'DEFAULT_CLOSED' : 'DEFAULT_OPEN';
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', `X-CALENDAR-TYPE:${type}`, ...lines, 'END:VCALENDAR', ''].join('\r\n');
  await writeFile(join(folder, 'calendar.ics'), text);
  return iCalendarFile({ name: 'maintenance', folder, file: 'calendar.ics' });
};

/** Answers as the service is documented to, from a list of events. */
const systemsManager: MakeCalendar = async (written) => {
  const client = new SSMClient({ region: 'eu-west-1' });
  mockClient(client)
    .on(GetCalendarStateCommand)
    .callsFake(({ AtTime }: { AtTime: string }) => {
      const minutes = (Date.parse(AtTime) - START) / MINUTE;
      const change = nextChange(written, minutes);
      const NextTransitionTime = change === undefined ? undefined : at(change).toISOString().replace('.000', '');
      return { State: isOpen(written, minutes) ? 'OPEN' : 'CLOSED', AtTime, ...(NextTransitionTime && { NextTransitionTime }) };
    });
  return changeCalendar({ name: 'maintenance', arn: 'arn:aws:ssm:eu-west-1:111122223333:document/maintenance', client });
};

const calendars: [string, MakeCalendar][] = [
  ['an iCalendar file', file],
  ['Systems Manager', systemsManager],
];

describe.each(calendars)('Calendar: %s', (_name, make) => {
  it.each([
    ['allow', true],
    ['forbid', false],
  ] as const)('has the first moment of an event inside and the last outside, where events %s', async (meaning, open) => {
    const { stateAt } = await make({ meaning, events: [[60, 120]] });
    expect(await stateAt(at(60 - 1 / 60))).toEqual({ open: !open, changesAt: at(60) });
    expect(await stateAt(at(60))).toEqual({ open, changesAt: at(120) });
    expect(await stateAt(at(120 - 1 / 60))).toEqual({ open, changesAt: at(120) });
    expect(await stateAt(at(120))).toEqual({ open: !open });
  });

  it.each([
    ['allow', false],
    ['forbid', true],
  ] as const)('never changes without events, where they %s', async (meaning, open) => {
    const { stateAt } = await make({ meaning, events: [] });
    expect(await stateAt(at(0))).toEqual({ open });
  });

  it.each<[string, Event[]]>([
    [
      'overlap',
      [
        [10, 30],
        [20, 50],
      ],
    ],
    [
      'touch',
      [
        [10, 30],
        [30, 50],
      ],
    ],
    [
      'lie within each other',
      [
        [10, 50],
        [20, 30],
      ],
    ],
    [
      'are out of order',
      [
        [40, 50],
        [10, 45],
      ],
    ],
  ])('changes once where events %s', async (_case, events) => {
    const { stateAt } = await make({ meaning: 'allow', events });
    expect(await stateAt(at(10))).toEqual({ open: true, changesAt: at(50) });
    expect(await stateAt(at(35))).toEqual({ open: true, changesAt: at(50) });
  });

  it('sees a change that is more than a year away', async () => {
    const { stateAt } = await make({ meaning: 'forbid', events: [[YEAR + 30 * 24 * HOUR, 2 * YEAR]] });
    expect(await stateAt(at(0))).toEqual({ open: true, changesAt: at(YEAR + 30 * 24 * HOUR) });
  });

  it('has a state within a second too', async () => {
    const { stateAt } = await make({ meaning: 'allow', events: [[60, 120]] });
    expect(await stateAt(new Date(at(60).getTime() - 1))).toEqual({ open: false, changesAt: at(60) });
    expect(await stateAt(new Date(at(60).getTime() + 1))).toEqual({ open: true, changesAt: at(120) });
  });

  it('agrees at every moment with looking through the events', async () => {
    const event = fc
      .tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 30 }))
      .map(([from, long]): Event => [from, from + long]);
    const written = fc.record({ meaning: fc.constantFrom('allow' as const, 'forbid' as const), events: fc.array(event, { maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(written, async (generated) => {
        const { stateAt } = await make(generated);
        for (let minutes = -1; minutes <= 121; minutes += 1) {
          const change = nextChange(generated, minutes);
          const expected = { open: isOpen(generated, minutes), ...(change !== undefined && { changesAt: at(change) }) };
          expect(await stateAt(at(minutes))).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leads a change past a freeze to the next window that is long enough', async () => {
    const window = await make({
      meaning: 'allow',
      events: [
        [0, 4 * HOUR],
        [24 * HOUR, 28 * HOUR],
        [48 * HOUR, 52 * HOUR],
      ],
    });
    const freeze = await make({ meaning: 'forbid', events: [[2 * HOUR, 25 * HOUR]] });
    const order = { states: [window.stateAt, freeze.stateAt], longestWaitSeconds: 86_400 };
    const look = (now: number, neededHours: number) => lookAtWindow({ ...order, now: at(now), neededSeconds: neededHours * 3600 });
    expect(await look(0, 1)).toMatchObject({ verdict: 'open', closesAt: '2026-11-23T02:00:00Z' });
    expect(await look(90, 1)).toMatchObject({ verdict: 'wait', opensAt: '2026-11-24T01:00:00Z', closesAt: '2026-11-24T04:00:00Z' });
    expect(await look(90, 4)).toMatchObject({ verdict: 'wait', opensAt: '2026-11-25T00:00:00Z', until: '2026-11-24T01:30:00Z' });
    expect(await look(90, 5)).toMatchObject({ verdict: 'missed' });
  });
});
