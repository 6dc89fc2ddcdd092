import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FullChangeRequest } from '../../../../lambdas/contracts/request.ts';
import { type StateAt, WindowLook } from '../../../../lambdas/contracts/window.ts';
import { explicitWindow, LONGEST_WAIT_SECONDS, longestChangeSeconds, lookAtWindow } from '../../../../lambdas/domain/change-window.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (ms: number): Date => new Date(NOW + ms);
const iso = (ms: number): string => at(ms).toISOString().replace('.000Z', 'Z');

/** Stretches of time from now, in milliseconds, in order and apart. */
type Stretches = readonly (readonly [from: number, to: number])[];
const inside =
  (stretches: Stretches, open: boolean): StateAt =>
  async (moment) => {
    const ms = moment.getTime() - NOW;
    const next = stretches.find(([, to]) => to > ms);
    const isInside = next !== undefined && next[0] <= ms;
    const changes = isInside ? next[1] : next?.[0];
    return { open: isInside === open, ...(changes !== undefined && { changesAt: at(changes) }) };
  };
const windows = (...stretches: Stretches): StateAt => inside(stretches, true);
const freezes = (...stretches: Stretches): StateAt => inside(stretches, false);

const look = (states: StateAt[], neededMs: number, longestWaitSeconds = LONGEST_WAIT_SECONDS): Promise<WindowLook> =>
  lookAtWindow({ states, now: at(0), neededSeconds: neededMs / 1000, longestWaitSeconds });

describe('explicitWindow', () => {
  const stateAt = explicitWindow({ opensAt: '2026-12-01T02:00:00+01:00', closesAt: '2026-12-01T04:00:00+01:00' });

  it.each([
    ['2026-12-01T00:59:59.999Z', { open: false, changesAt: new Date('2026-12-01T01:00:00Z') }],
    ['2026-12-01T01:00:00Z', { open: true, changesAt: new Date('2026-12-01T03:00:00Z') }],
    ['2026-12-01T02:59:59.999Z', { open: true, changesAt: new Date('2026-12-01T03:00:00Z') }],
    ['2026-12-01T03:00:00Z', { open: false }],
  ])('has its opening moment inside and its closing moment outside: %s', async (moment, state) => {
    expect(await stateAt(new Date(moment))).toEqual(state);
  });

  it.each(['2026-12-01T02:00:00+01:00', '2026-12-01T02:00:00+02:00'])(
    'refuses a window that closes at %s, not after it opens',
    (closesAt) => {
      expect(() => explicitWindow({ opensAt: '2026-12-01T02:00:00+01:00', closesAt })).toThrow(
        expect.objectContaining({ name: 'InvalidInputError' }),
      );
    },
  );
});

describe('longestChangeSeconds', () => {
  const request = (parts: object = {}) =>
    FullChangeRequest.parse({
      changeId: 'chg-1',
      target: { cluster: 'lab', database: 'orders' },
      wanted: { syncerMode: 'distributed' },
      defaultProxyPolicy: 'all-master-shards',
      ...parts,
    });
  const plan = (...names: string[]) => ({ steps: names.map((name) => ({ name, command: '' })) });
  const PLAIN = plan('Rebind policy', 'Tune syncer');
  const WHOLE = plan('Hold centralized', 'Rebind policy', 'Rebind policy', 'Tune syncer');

  it('counts each writing state, both verifications and the tune of the rollback', () => {
    expect(longestChangeSeconds(request(), PLAIN)).toBe(2 * 600 + 620 + 600 + 620);
  });

  it('stays below an hour and a half with the defaults, whatever the plan needs', () => {
    expect(longestChangeSeconds(request({ rollback: { restoreProxyPolicy: true } }), WHOLE)).toBe(4_240);
  });

  it('counts the rebind of a rollback only where one is asked for', () => {
    const restoring = longestChangeSeconds(request({ rollback: { restoreProxyPolicy: true } }), PLAIN);
    expect(restoring - longestChangeSeconds(request(), PLAIN)).toBe(600);
  });

  it('follows a shorter deadline, for every bind anew', () => {
    const verification = { settleSeconds: 0, intervalSeconds: 1, samples: 1, deadlineSeconds: 10 };
    const write = 20;
    const patience = 10;
    const expected = patience + write + (patience + 2 * write) + (patience + write) + 11 + (patience + write) + 11;
    expect(longestChangeSeconds(request({ verification }), WHOLE)).toBe(expected);
  });
});

describe('lookAtWindow', () => {
  it('is open when there is room for change and rollback', async () => {
    expect(await look([windows([-HOUR, 2 * HOUR])], HOUR)).toEqual({
      verdict: 'open',
      closesAt: '2026-11-23T14:00:00Z',
      neededSeconds: 3_600,
      says: 'the window is open and closes at 2026-11-23T14:00:00Z; change and rollback need up to 60 minutes',
    });
  });

  it('is open when the change would end at the closing moment, and not a second later', async () => {
    expect((await look([windows([-HOUR, HOUR])], HOUR)).verdict).toBe('open');
    expect((await look([windows([-HOUR, HOUR])], HOUR + 1_000)).verdict).toBe('missed');
  });

  it('is open without an end when no calendar ever closes', async () => {
    expect(await look([freezes()], HOUR)).toMatchObject({ verdict: 'open', says: expect.stringContaining('does not close') });
  });

  it('waits for an opening, and says when that is', async () => {
    expect(await look([windows([2 * HOUR, 4 * HOUR])], HOUR)).toEqual({
      verdict: 'wait',
      until: '2026-11-23T14:00:00Z',
      opensAt: '2026-11-23T14:00:00Z',
      closesAt: '2026-11-23T16:00:00Z',
      neededSeconds: 3_600,
      says: 'the window opens at 2026-11-23T14:00:00Z and closes at 2026-11-23T16:00:00Z; change and rollback need up to 60 minutes',
    });
  });

  it('waits for the second window when it is too late for the first', async () => {
    expect(await look([windows([-HOUR, HOUR / 2], [DAY, DAY + 2 * HOUR])], HOUR)).toMatchObject({ verdict: 'wait', opensAt: iso(DAY) });
  });

  it('passes over a window that is too short', async () => {
    const found = await look([windows([HOUR, HOUR + 59 * MINUTE], [3 * HOUR, 4 * HOUR])], HOUR);
    expect(found).toMatchObject({ verdict: 'wait', opensAt: iso(3 * HOUR) });
  });

  it('takes the part of a window that a freeze leaves, where it is long enough', async () => {
    const window = windows([-HOUR, 6 * HOUR]);
    expect(await look([window, freezes([HOUR, 2 * HOUR])], 2 * HOUR)).toMatchObject({ verdict: 'wait', opensAt: iso(2 * HOUR) });
    expect(await look([window, freezes([HOUR, 2 * HOUR])], HOUR)).toMatchObject({ verdict: 'open', closesAt: iso(HOUR) });
    expect((await look([window, freezes([HOUR, 5 * HOUR])], 2 * HOUR)).verdict).toBe('missed');
  });

  it('looks again after the longest wait when the opening is further away', async () => {
    const found = await look([windows([30 * DAY, 31 * DAY])], HOUR);
    expect(found).toMatchObject({ verdict: 'wait', until: iso(20 * DAY), opensAt: iso(30 * DAY) });
  });

  it('has missed a window that opens in more than 400 days', async () => {
    expect(await look([windows([399 * DAY, 402 * DAY])], HOUR)).toMatchObject({ verdict: 'wait', opensAt: iso(399 * DAY) });
    const found = await look([windows([401 * DAY, 402 * DAY])], HOUR);
    expect(found).toMatchObject({ verdict: 'missed', says: expect.stringContaining(`not open for that long until ${iso(400 * DAY)}`) });
  });

  it('goes on when a calendar announces a change and stays as it is', async () => {
    const announcing: StateAt = async (moment) => ({ open: true, changesAt: new Date(moment.getTime() + 10 * MINUTE) });
    expect(await look([announcing, windows([HOUR, 5 * HOUR])], 2 * HOUR)).toMatchObject({ verdict: 'wait', opensAt: iso(HOUR) });
  });

  it('gives up a calendar whose windows are all too short, after a bounded number of questions', async () => {
    let asked = 0;
    const flickering: StateAt = async (moment) => {
      asked += 1;
      const minute = Math.floor(moment.getTime() / MINUTE);
      return { open: minute % 2 === 0, changesAt: new Date((minute + 1) * MINUTE) };
    };
    expect((await look([flickering], HOUR)).verdict).toBe('missed');
    expect(asked).toBeLessThanOrEqual(400);
  });

  it('asks no calendar about the windows within a freeze', async () => {
    let asked = 0;
    const nightly: StateAt = async (moment) => {
      asked += 1;
      const hour = Math.floor((moment.getTime() - NOW) / HOUR);
      const open = hour % 24 >= 20;
      return { open, changesAt: at((hour - (hour % 24) + (open ? 24 : 20)) * HOUR) };
    };
    expect(await look([freezes([-HOUR, 100 * DAY]), nightly], HOUR)).toMatchObject({
      verdict: 'wait',
      opensAt: iso(100 * DAY + 20 * HOUR),
    });
    expect(asked).toBe(3);
  });

  it('looks no further when one calendar never opens again', async () => {
    const found = await look([windows([-2 * HOUR, -HOUR]), windows([HOUR, 2 * HOUR])], HOUR / 2);
    expect(found).toMatchObject({ verdict: 'missed', says: expect.stringContaining('not open for that long any more') });
    let asked = 0;
    const counted: StateAt = async (moment) => {
      asked += 1;
      return windows([HOUR, 2 * HOUR])(moment);
    };
    await look([windows(), counted], HOUR / 2);
    expect(asked).toBe(1);
  });

  it.each([
    ['at the moment', 0],
    ['before the moment', -1],
  ])('does not follow a calendar that names a next change %s it was asked about', async (_case, ms) => {
    const contradicting: StateAt = async (moment) => ({ open: false, changesAt: new Date(moment.getTime() + ms) });
    await expect(look([contradicting], HOUR)).rejects.toMatchObject({ name: 'CalendarUnreadableError' });
  });

  it('does not follow a calendar that names no moment', async () => {
    const nonsense: StateAt = async () => ({ open: false, changesAt: new Date(Number.NaN) });
    await expect(look([nonsense], HOUR)).rejects.toMatchObject({ name: 'CalendarUnreadableError' });
  });

  it('passes on what a calendar that cannot be read says', async () => {
    const unreadable: StateAt = () => Promise.reject(new Error('no'));
    await expect(look([freezes(), unreadable], HOUR)).rejects.toThrow('no');
  });
});

describe('lookAtWindow, compared with looking at every minute', () => {
  const MOST_MINUTES = 300;
  const stretches = fc
    .uniqueArray(fc.integer({ min: -20, max: MOST_MINUTES }), { maxLength: 8 })
    .map((edges) => edges.toSorted((a, b) => a - b))
    .map((edges) => edges.slice(0, edges.length - (edges.length % 2)))
    .map((edges) =>
      Array.from({ length: edges.length / 2 }, (_, index) => edges.slice(2 * index, 2 * index + 2).map((edge) => edge * MINUTE)),
    );
  const calendars = fc.array(fc.record({ stretches, allows: fc.boolean() }), { minLength: 1, maxLength: 3 });

  it('starts a change exactly when every calendar is open for all of the needed time', async () => {
    await fc.assert(
      fc.asyncProperty(calendars, fc.integer({ min: 1, max: 60 }), async (generated, needed) => {
        const isOpen = (minute: number) =>
          generated.every(({ stretches, allows }) => {
            const ms = minute * MINUTE;
            return stretches.some(([from = 0, to = 0]) => from <= ms && ms < to) === allows;
          });
        const fits = (minute: number) => Array.from({ length: needed }, (_, index) => minute + index).every(isOpen);
        const minutes = Array.from({ length: MOST_MINUTES + 2 }, (_, minute) => minute);
        const expected = minutes.find(fits);
        const states = generated.map(({ stretches, allows }) => inside(stretches as unknown as Stretches, allows));
        const found = await look(states, needed * MINUTE);
        expect(WindowLook.parse(found)).toEqual(found);
        if (expected === undefined) expect(found.verdict).toBe('missed');
        else if (expected === 0) expect(found.verdict).toBe('open');
        else expect(found).toMatchObject({ verdict: 'wait', opensAt: iso(expected * MINUTE) });
        if (found.closesAt !== undefined) {
          const closing = (Date.parse(found.closesAt) - NOW) / MINUTE;
          expect(closing - (expected ?? 0)).toBeGreaterThanOrEqual(needed);
          expect(isOpen(closing)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
