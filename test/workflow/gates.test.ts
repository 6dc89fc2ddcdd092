/** What stands between a plan and the lock: an approval that still holds, and a window that leaves time for the way back. */
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { StateAt } from '../../lambdas/contracts/window.ts';
import { explicitWindow } from '../../lambdas/domain/change-window.ts';
import type { LocalRun } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, CHANGE_ID, Lab, sent } from '../support/lab.ts';

type Intercept = NonNullable<LocalRun['intercept']>;

/** The clock of a lab stands here when it is made. */
const START = Date.parse('2026-12-01T02:00:00Z');
const ASKED = { requestedBy: 'alice', approval: { required: true } };
const at = (hour: number): string => new Date(START + hour * 3_600_000).toISOString();
const hours = (from: number, to: number) => ({ opensAt: at(from), closesAt: at(to) });
const advanceTo = (lab: Lab, moment: string): void => lab.clock.advance((Date.parse(moment) - lab.clock.now().getTime()) / 1000);

/** The wait for a window takes no time here, so the clock makes up for it before the next look. */
const waiting =
  (lab: Lab, intercept: Intercept = (_state, step) => step): Intercept =>
  (state, step) =>
    intercept(state, async (event) => {
      const until = (event as { change?: { window?: { until?: string } } }).change?.window?.until;
      if (state === 'Change window' && until !== undefined) advanceTo(lab, until);
      return step(event);
    });

const nobody = (): never => expect.unreachable('somebody was asked');

/** Runs a change; `onGate` is called once it waits for an approval, and what fails in it fails the test. */
async function run(
  lab: Lab,
  request: Partial<ChangeRequestInput>,
  onGate: (gate: Gate) => unknown = nobody,
  intercept?: Intercept,
  changeId = CHANGE_ID,
): Promise<ChangeReport> {
  let asked: Promise<unknown> | undefined;
  const report = await lab.run(request, waiting(lab, intercept), changeId, (gate) => {
    asked = (async () => onGate(gate))();
  });
  await asked;
  return report;
}

async function expectNothingWritten(lab: Lab, report: ChangeReport): Promise<void> {
  await expectSafe(lab, report);
  expect(sent(lab)).toEqual([]);
  expect(await lab.lock()).toBeUndefined();
}

async function expectApplied(lab: Lab, report: ChangeReport): Promise<void> {
  await expectSafe(lab, report);
  expect(report).toMatchObject({ outcome: 'applied' });
}

/** When the lock was taken. */
const beganAt = ({ steps }: ChangeReport): number => Date.parse(steps.find(({ name }) => name === 'Begin change')?.startedAt ?? '');

/** Does something just before the lock is taken. */
const beforeLock =
  (what: () => void): Intercept =>
  (state, step) =>
  (event) => {
    if (state === 'Begin change') what();
    return step(event);
  };

describe('an approval that was given', () => {
  const approvedBut = (lab: Lab, what: () => void) => run(lab, ASKED, (gate) => lab.decide(gate, 'bob'), beforeLock(what));

  it('is not for a database that moved since: the change ends drifted and says what moved', async () => {
    const lab = new Lab(clusterWith());
    const report = await approvedBut(lab, () => {
      for (const endpoint of lab.database.endpoints) endpoint.policy = 'all-nodes';
    });
    const message = expect.stringContaining('endpoint 7:1 was single, is all-nodes');
    expect(report).toMatchObject({ outcome: 'drifted', error: { name: 'PlanDriftedError', message } });
    await expectNothingWritten(lab, report);
  });

  it('can be used until it expires, and not after', async () => {
    const lab = new Lab(clusterWith());
    const report = await approvedBut(lab, () => lab.clock.advance(86_400));
    expect(report).toMatchObject({ outcome: 'expired', error: { name: 'ApprovalExpiredError' } });
    await expectNothingWritten(lab, report);
  });
});

describe('an approval gate', () => {
  it('is not passed by a wake-up without a decision behind it', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, ASKED, nobody, (state, step) => (state === 'Approval gate' ? async () => ({}) : step));
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'NotApprovedError' } });
    await expectNothingWritten(lab, report);
  });

  it('is left at once when the change is cancelled', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, ASKED, () => lab.store.requestCancel(CHANGE_ID, { by: 'alice', via: 'machine' }));
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'ChangeCancelledError' } });
    expect(lab.clock.now().getTime()).toBeLessThan(Date.parse(at(1)));
    await expectNothingWritten(lab, report);
  });
});

/** A calendar that is open in two windows. */
const twoWindows =
  (first: StateAt, second: StateAt): StateAt =>
  async (moment) => {
    const state = await first(moment);
    return state.changesAt ? state : second(moment);
  };

const closedIn =
  (window: StateAt): StateAt =>
  async (moment) => {
    const { open, ...state } = await window(moment);
    return { open: !open, ...state };
  };

describe('a change window', () => {
  it('that is open lets the change begin now', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { window: hours(-1, 4) });
    await expectApplied(lab, report);
    expect(beganAt(report)).toBeLessThan(Date.parse(at(0.1)));
  });

  it('that opens later is waited for', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { window: hours(48, 52) });
    await expectApplied(lab, report);
    expect(beganAt(report)).toBe(Date.parse(at(48)));
  });

  it.each([
    ['that is shorter than change and rollback', hours(48, 48.5)],
    ['that closes too soon for change and rollback', hours(-5, 0.5)],
    ['that is over', hours(-5, -1)],
  ])('%s is missed, and nobody is asked for an approval', async (_which, window) => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { ...ASKED, window });
    expect(report).toMatchObject({ outcome: 'window-missed', error: { name: 'WindowMissedError' } });
    expect(await lab.store.gate(CHANGE_ID)).toBeUndefined();
    await expectNothingWritten(lab, report);
  });

  it('that closes between the look at it and the lock is missed', async () => {
    const lab = new Lab(clusterWith());
    const late = beforeLock(() => advanceTo(lab, at(3.8)));
    const report = await run(lab, { window: hours(-1, 4) }, nobody, late);
    expect(report).toMatchObject({ outcome: 'window-missed', error: { name: 'WindowMissedError' } });
    await expectNothingWritten(lab, report);
  });

  it('of a calendar for which it is too late leaves the next one', async () => {
    const lab = new Lab(clusterWith());
    lab.gates = { calendars: { nights: twoWindows(explicitWindow(hours(-3, 0.2)), explicitWindow(hours(24, 28))) } };
    const report = await run(lab, { window: { calendar: 'nights' } });
    await expectApplied(lab, report);
    expect(beganAt(report)).toBe(Date.parse(at(24)));
  });

  it('with a freeze inside is used after the freeze', async () => {
    const lab = new Lab(clusterWith());
    lab.gates = { freezes: ['release'], calendars: { release: closedIn(explicitWindow(hours(0.5, 2))) } };
    const report = await run(lab, { window: hours(0, 6) });
    await expectApplied(lab, report);
    expect(beganAt(report)).toBe(Date.parse(at(2)));
  });

  it('that cannot be read is never open', async () => {
    const lab = new Lab(clusterWith());
    const unreadable = () => Promise.reject(new StepError('CalendarUnreadableError', 'no such file'));
    lab.gates = { calendars: { nights: unreadable } };
    const report = await run(lab, { window: { calendar: 'nights' } });
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'CalendarUnreadableError' } });
    await expectNothingWritten(lab, report);
  });

  it('that opens after an approval would expire is refused at the start, with that reason', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { ...ASKED, window: hours(48, 52) });
    const message = expect.stringMatching(/an approval would expire at .*, before the window opens at .*: raise approval.timeoutSeconds/);
    expect(report).toMatchObject({ outcome: 'refused', error: { message } });
    expect(await lab.store.gate(CHANGE_ID)).toBeUndefined();
    await expectNothingWritten(lab, report);
  });

  it('that is closed does not hold up the way back', async () => {
    const lab = new Lab(clusterWith({ policy: 'all-nodes', syncerMode: 'distributed' }));
    const report = await run(lab, { wanted: { syncerMode: 'centralized' }, window: hours(-5, -1) });
    await expectApplied(lab, report);
    expect(sent(lab)).toEqual([CENTRALIZE]);
  });
});

describe('a request today, an approval tomorrow, a window next week after the clocks went forward', () => {
  /** Berlin, where on 28 March 2027 two in the morning became three: the request is of the time before, the window of the time after. */
  const window = { opensAt: '2027-03-29T02:00:00+02:00', closesAt: '2027-03-29T04:00:00+02:00' };
  const request = { requestedBy: 'alice', approval: { required: true, timeoutSeconds: 14 * 86_400 }, window };

  it('is applied when the window opens, and a second request that no longer fits into it is missed', async () => {
    const lab = new Lab(clusterWith());
    advanceTo(lab, '2027-03-22T09:00:00+01:00');
    const report = await run(lab, request, async (gate) => {
      advanceTo(lab, '2027-03-23T09:00:00+01:00');
      expect(await lab.decide(gate, 'bob')).toMatchObject({ accepted: true });
      expect(sent(lab)).toEqual([]);
    });
    await expectApplied(lab, report);
    expect(new Date(beganAt(report)).toISOString()).toBe('2027-03-29T00:00:00.000Z');

    advanceTo(lab, '2027-03-29T03:30:00+02:00');
    lab.database.syncerMode = 'centralized';
    const written = sent(lab);
    const second = await run(lab, request, nobody, undefined, 'chg-second');
    expect(second).toMatchObject({ outcome: 'window-missed', error: { name: 'WindowMissedError' } });
    expect(sent(lab)).toEqual(written);
    expect(await lab.lock()).toBeUndefined();
  });
});
