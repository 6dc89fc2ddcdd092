import { describe, expect, it } from 'vitest';
import { momentsOf, timeZoneNamed } from '../../../../lambdas/contracts/local-time.ts';
import { checkExpression, rateMs } from '../../../../lambdas/contracts/schedule-expression.ts';
import { scheduleDescription } from '../../../../lambdas/contracts/schedules.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');
const check = (when: string, timeZone = 'UTC') => checkExpression(when, timeZone, NOW);
const problemWith = (when: string, timeZone = 'UTC'): string => {
  try {
    check(when, timeZone);
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidInputError') return error.message;
    throw error;
  }
  return 'nothing';
};

describe('a local time', () => {
  it.each([
    ['2026-12-01T02:00:00', 'Europe/Berlin', ['2026-12-01T01:00:00.000Z']],
    ['2026-07-01T02:00:00', 'America/New_York', ['2026-07-01T06:00:00.000Z']],
    ['2026-12-01T02:00:00', 'Asia/Kolkata', ['2026-11-30T20:30:00.000Z']],
    ['2026-12-01T00:00:00', 'Pacific/Kiritimati', ['2026-11-30T10:00:00.000Z']],
    ['2027-03-28T01:59:59', 'Europe/Berlin', ['2027-03-28T00:59:59.000Z']],
    ['2027-03-28T02:30:00', 'Europe/Berlin', []],
    ['2027-03-28T03:00:00', 'Europe/Berlin', ['2027-03-28T01:00:00.000Z']],
    ['2027-10-31T02:30:00', 'Europe/Berlin', ['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']],
    ['2027-10-31T03:00:00', 'Europe/Berlin', ['2027-10-31T02:00:00.000Z']],
    ['2027-04-04T01:45:00', 'Australia/Lord_Howe', ['2027-04-03T14:45:00.000Z', '2027-04-03T15:15:00.000Z']],
  ])('%s in %s is %j', (local, timeZone, moments) => {
    expect(momentsOf(local, timeZone).map((moment) => moment.toISOString())).toEqual(moments);
  });
});

describe('a time zone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['UTC', 'UTC'],
  ])('%s is %s', (given, name) => expect(timeZoneNamed(given)).toBe(name));

  it.each(['Mars/Base', '+01:00', '', 'Berlin'])('%j is none', (name) => {
    expect(() => timeZoneNamed(name)).toThrow(/is no time zone; expected an IANA name/);
  });
});

describe('a one-time schedule', () => {
  it('starts at the moment that its clock shows', () => {
    expect(check('at(2026-12-01T02:00:00)', 'Europe/Berlin')).toEqual({ at: new Date('2026-12-01T01:00:00.000Z') });
  });

  it('takes the first of two moments and says so', () => {
    const { at, note } = check('at(2027-10-31T02:30:00)', 'Europe/Berlin');
    expect(at?.toISOString()).toBe('2027-10-31T00:30:00.000Z');
    expect(note).toMatch(/exists twice.*starts once.*expect 2027-10-31T00:30:00.000Z and not 2027-10-31T01:30:00.000Z/);
  });

  it.each([
    ['at(2027-03-28T02:30:00)', /2027-03-28T02:30:00 does not exist in Europe\/Berlin: clocks are set forward/],
    ['at(2026-11-25T13:00:00)', /is in the past; it is 2026-11-25T12:00:00/],
    ['at(2026-02-30T02:00:00)', /no time that exists/],
    ['at(2026-12-01T24:00:00)', /no time that exists/],
    ['at(tomorrow)', /expected yyyy-mm-ddThh:mm/],
    ['at(2026-12-01)', /expected yyyy-mm-ddThh:mm/],
  ])('%s is refused', (when, problem) => expect(problemWith(when, 'Europe/Berlin')).toMatch(problem));
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(90 minutes)', 5_400_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(7 days)', 604_800_000],
  ])('%s starts first when its interval is over', (when, interval) => {
    expect(rateMs(when)).toBe(interval);
    expect(check(when)).toEqual({ at: new Date(NOW.getTime() + interval) });
  });

  it.each(['rate(0 days)', 'rate(1 days)', 'rate(2 day)', 'rate(1 week)', 'rate(-1 days)', 'rate(1.5 hours)', 'rate(7)', 'soon'])(
    '%s is refused',
    (when) => expect(problemWith(when)).toMatch(/is no rate; expected a number and minutes, hours or days/),
  );
});

describe('a cron expression', () => {
  it.each([
    '0 2 ? * TUE *',
    '0 2 * * ? *',
    '15 10 ? * 6L 2026-2030',
    '0 8 1 * ? *',
    '0/15 8-17 ? * MON-FRI *',
    '30 1 L * ? *',
    '30 1 LW * ? 2027',
    '30 1 15W 1,6,DEC ? *',
    '0 2 ? * 3#2 *',
    '0 2 ? JAN-MAR SUN,WED 2026/2',
  ])('%s is one', (fields) => expect(problemWith(`cron(${fields})`)).toBe('nothing'));

  it.each([
    ['0 2 * * 2', /has 5 fields; expected 6: minutes, hours, day of month, month, day of week, year/],
    ['0 0 2 ? * TUE *', /has 7 fields/],
    ['0 2 * * * *', /exactly one of day of month \(\*\) and day of week \(\*\) has to be "\?"/],
    ['0 2 ? * ? *', /exactly one of day of month/],
    ['60 2 ? * TUE *', /minutes: "60" is not understood; expected 0 to 59/],
    ['0 24 ? * TUE *', /hours: "24" is not understood/],
    ['0 2 32 * ? *', /day of month: "32"/],
    ['0 2 1 13 ? *', /month: "13" is not understood; expected 1 to 12, or JAN to DEC/],
    ['0 2 ? * 0 *', /day of week: "0" is not understood; expected 1 to 7, or SUN to SAT/],
    ['0 2 ? * DIE *', /day of week: "DIE"/],
    ['0 2 ? * 3#6 *', /day of week: "3#6"/],
    ['0/0 2 ? * TUE *', /minutes: "0\/0"/],
    ['1-2-3 2 ? * TUE *', /minutes: "1-2-3"/],
    ['? 2 ? * TUE *', /minutes: "\?"/],
    ['0, 2 ? * TUE *', /minutes: ""/],
    ['0 2 ? * TUE 2025', /year: 2025 is over/],
    ['0 2 ? * TUE 2020-2025', /year: 2020-2025 is over/],
    ['0 2 ? * TUE 2200', /year: "2200"/],
  ])('%s is refused', (fields, problem) => expect(problemWith(`cron(${fields})`)).toMatch(problem));
});

describe('the description of a schedule', () => {
  const request = { target: { cluster: 'eu-west', database: 'orders' }, wanted: { syncerMode: 'distributed' as const } };

  it('says who wants what and why, and where it stands', () => {
    expect(scheduleDescription('nightly', { ...request, requestedBy: 'alice', reason: 'CHG-1' })).toBe(
      'alice wants eu-west/orders distributed: CHG-1',
    );
    expect(scheduleDescription('cfg-nightly', request)).toBe('somebody wants eu-west/orders distributed, from the configuration');
  });

  it('is never longer than AWS takes it, and never ends in half a character', () => {
    for (const reason of ['x'.repeat(1000), '🐘'.repeat(500), `x${'🐘'.repeat(499)}`]) {
      const described = scheduleDescription('cfg-nightly', { ...request, reason });
      expect(described.length).toBeLessThanOrEqual(512);
      expect(described.isWellFormed()).toBe(true);
      expect(described).toMatch(/, from the configuration$/);
    }
  });
});
