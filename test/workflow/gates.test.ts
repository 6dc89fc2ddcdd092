import { describe, expect, it } from 'vitest';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { explicitWindow } from '../../lambdas/domain/change-window.ts';
import type { LocalRun } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CHANGE_ID, Lab, sent } from '../support/lab.ts';

/** The clock of a lab stands here when it is made. */
const START = '2026-12-01T02:00:00.000Z';
const ASKED = { requestedBy: 'alice', approval: { required: true } };
const hours = (from: number, to: number) => ({ opensAt: at(from), closesAt: at(to) });
const at = (hour: number): string => new Date(Date.parse(START) + hour * 3_600_000).toISOString();

/** The wait for a window is skipped in real time; the clock makes up for it before the next look. */
const waiting =
  (lab: Lab, more: LocalRun['intercept'] = (_state, run) => run): NonNullable<LocalRun['intercept']> =>
  (state, run) =>
    more(state, async (event) => {
      const { window } = (event as { change?: { window?: { until?: string } } }).change ?? {};
      const seconds = window?.until ? (Date.parse(window.until) - lab.clock.now().getTime()) / 1000 : 0;
      if (state === 'Change window' && seconds > 0) lab.clock.advance(seconds);
      return run(event);
    });

/** Runs a change; `onGate` decides once it waits for an approval. */
async function run(
  lab: Lab,
  request: Partial<ChangeRequestInput>,
  onGate: (gate: Gate) => unknown = () => {},
  intercept?: LocalRun['intercept'],
): Promise<ChangeReport> {
  const report = await lab.run(request, waiting(lab, intercept), CHANGE_ID, (gate) => void onGate(gate));
  await expectSafe(lab, report);
  return report;
}

const decisionsIn = async (lab: Lab) => ((await lab.store.get(CHANGE_ID))?.timeline ?? []).filter((event) => event.type === 'decision');

async function expectNothingWritten(lab: Lab): Promise<void> {
  expect(sent(lab)).toEqual([]);
  expect(await lab.lock()).toBeUndefined();
}

describe('an approval', () => {
  it('lets exactly the approved plan through', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, ASKED, (gate) => lab.decide(gate, 'bob'));
    expect(report.outcome).toBe('applied');
    expect(await decisionsIn(lab)).toMatchObject([{ by: 'bob', verdict: 'approve', planHash: report.plan?.hash }]);
  });

  it('of two people is needed where two are asked for, and one counts once', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { ...ASKED, approval: { required: true, approvals: 2 } }, async (gate) => {
      expect((await lab.decide(gate, 'bob')).accepted).toBe(true);
      expect(await lab.decide(gate, 'bob')).toMatchObject({ accepted: false });
      expect(sent(lab)).toEqual([]);
      expect((await lab.decide(gate, 'carol')).accepted).toBe(true);
    });
    expect(report.outcome).toBe('applied');
  });

  it.each([
    ['rejected, with the reason', { rules: {} }, 'rejected', (lab: Lab, gate: Gate) => lab.decide(gate, 'bob', 'reject', 'not tonight')],
    ['expired, when nobody decides', { rules: {} }, 'expired', () => {}],
    ['expired, when only the requester approves', { rules: {} }, 'expired', (lab: Lab, gate: Gate) => lab.decide(gate, 'alice')],
    [
      'expired, when somebody approves who is not on the list',
      { rules: { approvers: ['carol', 'dave'] } },
      'expired',
      (lab: Lab, gate: Gate) => lab.decide(gate, 'bob'),
    ],
    [
      'expired, when the glass is broken by somebody not named for it',
      { rules: {} },
      'expired',
      (lab: Lab, gate: Gate) => lab.decide(gate, 'bob', 'break-glass', 'fire'),
    ],
  ] as const)('that does not come ends %s', async (_case, gates, outcome, decide) => {
    const lab = new Lab(clusterWith());
    lab.gates = gates as unknown as Lab['gates'];
    const report = await run(lab, ASKED, (gate) => decide(lab, gate));
    expect(report.outcome).toBe(outcome);
    for (const decision of await decisionsIn(lab)) expect('refused' in decision).toBe(outcome === 'expired');
    await expectNothingWritten(lab);
  });

  it('of an older plan is refused and recorded', async () => {
    const lab = new Lab(clusterWith());
    const older = (gate: Gate): Gate => ({ ...gate, request: { ...gate.request, plan: { ...gate.request.plan, hash: 'f'.repeat(64) } } });
    const report = await run(lab, ASKED, (gate) => lab.decide(older(gate), 'bob'));
    expect(report.outcome).toBe('expired');
    expect(await decisionsIn(lab)).toMatchObject([{ refused: expect.stringContaining('look at it again') }]);
    await expectNothingWritten(lab);
  });

  it('after the end is refused politely, and recorded', async () => {
    const lab = new Lab(clusterWith());
    let asked: Gate | undefined;
    await run(lab, ASKED, (gate) => {
      asked = gate;
      return lab.decide(gate, 'bob', 'reject', 'not tonight');
    });
    if (!asked) throw new Error('nobody was asked');
    expect(await lab.decide(asked, 'carol')).toEqual({ accepted: false, says: expect.stringContaining('has ended: rejected') });
    expect(await decisionsIn(lab)).toHaveLength(2);
  });

  it('is given alone by somebody who is named for that', async () => {
    const lab = new Lab(clusterWith());
    lab.gates = { rules: { breakGlass: ['alice'], approvers: ['bob'] } };
    const report = await run(lab, ASKED, (gate) => lab.decide(gate, 'alice', 'break-glass', 'fire'));
    expect(report.outcome).toBe('applied');
  });

  it('holds for the approved plan only: what moved under it ends drifted', async () => {
    const lab = new Lab(clusterWith());
    const drifting: LocalRun['intercept'] = (state, step) => (event) => {
      if (state === 'Begin change') for (const endpoint of lab.database.endpoints) endpoint.policy = 'all-nodes';
      return step(event);
    };
    const report = await run(lab, ASKED, (gate) => lab.decide(gate, 'bob'), drifting);
    expect(report).toMatchObject({ outcome: 'drifted', error: { message: expect.stringContaining('all-nodes') } });
    await expectNothingWritten(lab);
  });

  it('cannot be replaced by waking the workflow', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, ASKED, undefined, (state, step) => (state === 'Approval gate' ? async () => ({}) : step));
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'NotApprovedError' } });
    await expectNothingWritten(lab);
  });

  it('is waited for no longer once the change is cancelled', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, ASKED, () => lab.store.requestCancel(CHANGE_ID, { by: 'alice', via: 'machine' }));
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'ChangeCancelledError' } });
    await expectNothingWritten(lab);
  });
});

describe('a change window', () => {
  const nights =
    (...windows: [number, number][]) =>
    async (moment: Date) => {
      const states = await Promise.all(windows.map(([from, to]) => explicitWindow(hours(from, to))(moment)));
      const next = states.map(({ changesAt }) => changesAt).filter((date) => date !== undefined);
      return { open: states.some(({ open }) => open), ...(next.length > 0 && { changesAt: new Date(Math.min(...next.map(Number))) }) };
    };

  it.each([
    ['that is open', hours(-1, 4), 0],
    ['that opens in two days, after waiting for it', hours(48, 52), 48],
  ])('%s lets the change begin', async (_which, window, begins) => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { window });
    expect(report.outcome).toBe('applied');
    const began = report.steps.find(({ name }) => name === 'Begin change')?.startedAt ?? '';
    expect(Date.parse(began)).toBeGreaterThanOrEqual(Date.parse(at(begins)));
  });

  it.each([
    ['that is too short for change and rollback', hours(0, 0.2)],
    ['that is over', hours(-5, -1)],
  ])('%s is missed without asking anybody', async (_which, window) => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { ...ASKED, window }, () => expect.unreachable('somebody was asked'));
    expect(report).toMatchObject({ outcome: 'window-missed', error: { name: 'WindowMissedError' } });
    await expectNothingWritten(lab);
  });

  it('of a calendar: too late for the first, the change waits for the second', async () => {
    const lab = new Lab(clusterWith());
    lab.gates = { calendars: { nights: nights([-3, 0.2], [24, 28]) } };
    const report = await run(lab, { window: { calendar: 'nights' } });
    expect(report.outcome).toBe('applied');
    expect(lab.clock.now().getTime()).toBeGreaterThan(Date.parse(at(24)));
  });

  it('with a freeze inside begins after the freeze', async () => {
    const lab = new Lab(clusterWith());
    const freeze = explicitWindow(hours(0.5, 2));
    lab.gates = {
      freezes: ['release'],
      calendars: { release: async (moment) => ({ ...(await freeze(moment)), open: !(await freeze(moment)).open }) },
    };
    const report = await run(lab, { window: hours(0, 6) });
    expect(report.outcome).toBe('applied');
    expect(lab.clock.now().getTime()).toBeGreaterThan(Date.parse(at(2)));
  });

  it('that cannot be read is never open', async () => {
    const lab = new Lab(clusterWith());
    lab.gates = {
      calendars: {
        nights: async () => {
          throw new StepError('CalendarUnreadableError', 'no such file');
        },
      },
    };
    const report = await run(lab, { window: { calendar: 'nights' } });
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'CalendarUnreadableError' } });
    await expectNothingWritten(lab);
  });

  it('after the expiry of the approval is refused at the start', async () => {
    const lab = new Lab(clusterWith());
    const report = await run(lab, { ...ASKED, window: hours(48, 52) }, () => expect.unreachable('somebody was asked'));
    expect(report).toMatchObject({
      outcome: 'refused',
      error: { message: expect.stringMatching(/approval would expire at .* before the window opens/) },
    });
    await expectNothingWritten(lab);
  });

  it('does not hold up the way back', async () => {
    const lab = new Lab(clusterWith({ syncerMode: 'distributed' }));
    const report = await run(lab, { wanted: { syncerMode: 'centralized' }, window: hours(-5, -1) });
    expect(report.outcome).toBe('applied');
  });
});

describe('a request today, an approval tomorrow, a window next week across a change of clock', () => {
  /** Two in the morning in Berlin on the Monday after the clocks went forward. */
  const window = { opensAt: '2027-03-29T02:00:00+02:00', closesAt: '2027-03-29T04:00:00+02:00' };
  const request = { requestedBy: 'alice', approval: { required: true, timeoutSeconds: 14 * 86_400 }, window };

  it('is applied in the window, and a second request that no longer fits is not', async () => {
    const lab = new Lab(clusterWith());
    lab.clock.advance((Date.parse('2027-03-22T09:00:00+01:00') - lab.clock.now().getTime()) / 1000);
    const report = await run(lab, request, (gate) => {
      lab.clock.advance(86_400);
      return lab.decide(gate, 'bob');
    });
    expect(report.outcome).toBe('applied');
    const began = report.steps.find(({ name }) => name === 'Begin change')?.startedAt;
    expect(began?.slice(0, 13)).toBe('2027-03-29T00');
    lab.clock.advance((Date.parse('2027-03-29T03:30:00+02:00') - lab.clock.now().getTime()) / 1000);
    lab.database.syncerMode = 'centralized';
    const before = sent(lab).length;
    const second = await lab.run(request, waiting(lab), 'chg-second', () => expect.unreachable('somebody was asked'));
    expect(second).toMatchObject({ outcome: 'window-missed' });
    expect(sent(lab)).toHaveLength(before);
  });
});
