import { describe, expect, it } from 'vitest';
import type { ChangeState, Verified } from '../../../../lambdas/contracts/change-state.ts';
import type { TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import { makePlan } from '../../../../lambdas/domain/plan.ts';
import { reportedState, reportedSteps, reportOf } from '../../../../lambdas/domain/report.ts';
import { emptyTally } from '../../../../lambdas/domain/verdict.ts';
import { later, NOW, OF_CLASS, request, towards } from '../../../support/facts.ts';

const { C1, C2, D2 } = OF_CLASS;
const TARGET = { cluster: 'lab', database: 'db:7' };
const plan = makePlan(towards('distributed'), C1, {}, ({ kind }) => kind);
const inspected: ChangeState = { request: request(), before: C1, plan, next: 'begin' };
const begun: ChangeState = { ...inspected, begun: { facts: C1 } };
const passed = (facts: typeof C1): Verified => ({ verdict: 'passed', tally: emptyTally(NOW), facts });
const failure = { Error: 'VerificationFailedError', Cause: 'it broke' };
const WRITE: TimelineEvent = { type: 'write-claimed', step: 'Tune syncer', command: 'tune', at: NOW };
const report = (change: ChangeState, timeline: TimelineEvent[] = [WRITE]) => reportOf('chg-1', TARGET, change, timeline);

describe('reportOf', () => {
  const applied = report({ ...begun, verification: passed(D2) });

  it('tells an applied change with the state before and after', () => {
    expect(applied).toMatchObject({ changeId: 'chg-1', outcome: 'applied', before: { class: 'C1' }, after: { class: 'D2' } });
  });

  it('E01: calls an applied change unverified while nothing measured its health', () => {
    expect(applied.health).toBe('unverified');
  });

  it('speaks of health only when the change was applied', () => {
    expect(report({ ...begun, failure, restoredVerification: passed(C2) })).not.toHaveProperty('health');
  });

  it('names the database by its name and its id, however the request wrote it', () => {
    expect(applied.target).toEqual({ cluster: 'lab', database: 'orders', id: 'db:7' });
  });

  it('names the target as the request did when the database was never read', () => {
    expect(report({ stopped: { Error: 'ClusterUnreachableError' } }, []).target).toEqual(TARGET);
  });

  it('shows the plan without the parts that only steer the workflow', () => {
    expect(Object.keys(applied.plan ?? {}).sort()).toEqual(['blockers', 'clientImpact', 'hash', 'steps', 'warnings']);
  });

  it('has no plan when none was made', () => {
    expect(report({ stopped: { Error: 'ClusterUnreachableError' } }, [])).not.toHaveProperty('plan');
  });

  it('shows the state as it was under the lock rather than when it was planned for', () => {
    expect(report({ ...inspected, begun: { facts: C2 }, verification: passed(D2) }).before?.class).toBe('C2');
  });

  it('shows the unchanged state as the state after', () => {
    const { outcome, after: now, before } = report({ before: D2, plan: { ...plan, needed: false }, next: 'finish' }, []);
    expect({ outcome, now }).toEqual({ outcome: 'unchanged', now: before });
  });

  it('shows the restored state after a rollback, with the error that caused it', () => {
    expect(report({ ...begun, verification: passed(D2), failure, restoredVerification: passed(C2) })).toMatchObject({
      outcome: 'rolled-back',
      after: { class: 'C2' },
      error: { name: 'VerificationFailedError', message: 'it broke' },
    });
  });

  it('shows the restored policy after a rollback that restored it', () => {
    const restoredPolicy = { changed: true, facts: C1, provenAt: NOW, notes: [] };
    expect(report({ ...begun, failure, restoredVerification: passed(C2), restoredPolicy }).after?.class).toBe('C1');
  });

  it('claims no state after when a halted change could not read it', () => {
    expect(report({ ...begun, halted: { Error: 'ClusterUnreachableError' } })).not.toHaveProperty('after');
  });

  it('claims no state after when a write came after the last reading, whatever was verified before', () => {
    const undone: TimelineEvent = { ...WRITE, step: 'Restore centralized', at: later(60) };
    expect(report({ ...begun, verification: passed(D2), failure, halted: failure }, [WRITE, undone])).not.toHaveProperty('after');
  });

  it('shows the last reading after the last write to whoever has to look at it', () => {
    const halted = { Error: 'ClusterDegradedError', Cause: 'node 3' };
    expect(report({ ...begun, verification: { ...passed(D2), verdict: 'pending' }, halted })).toMatchObject({
      outcome: 'needs-operator',
      after: { class: 'D2' },
    });
  });

  it('tells why the rollback was begun when the rollback itself failed', () => {
    const halted = { Error: 'ClusterStuckError', Cause: 'still busy' };
    expect(report({ ...begun, failure, halted }).error).toEqual({
      name: 'ClusterStuckError',
      message: 'rolling back after VerificationFailedError (it broke) did not succeed: still busy',
    });
  });

  it('is refused, without a state after, when it failed before a write was claimed', () => {
    const early = report({ ...begun, failure }, [{ type: 'note', text: 'a note', at: NOW }]);
    expect(early.outcome).toBe('refused');
    expect(early).not.toHaveProperty('after');
  });

  it('has no error when the exit code is zero', () => {
    expect(applied).not.toHaveProperty('error');
  });
});

describe('reportedState', () => {
  it('tells flag and effect apart', () => {
    expect(reportedState(OF_CLASS.D0)).toEqual({
      syncerMode: 'distributed',
      effectiveMode: 'centralized',
      class: 'D0',
      endpoints: [{ id: '7:1', policy: 'single', nodes: [1] }],
    });
  });
});

describe('reportedSteps', () => {
  const started = (step: string, seconds: number): TimelineEvent => ({ type: 'step-started', step, at: later(seconds) });
  const ended = (step: string, seconds: number, error?: { name: string; message: string }): TimelineEvent => ({
    type: 'step-ended',
    step,
    at: later(seconds),
    ...(error && { error }),
  });

  it('lists steps in the order in which they ended, with their moments', () => {
    expect(
      reportedSteps([started('Inspect status', 0), ended('Inspect status', 2), started('Begin change', 3), ended('Begin change', 5)]),
    ).toEqual([
      { name: 'Inspect status', startedAt: later(0), endedAt: later(2), result: 'succeeded' },
      { name: 'Begin change', startedAt: later(3), endedAt: later(5), result: 'succeeded' },
    ]);
  });

  it('lists every attempt of a step that was repeated', () => {
    const error = { name: 'DatabaseBusyError', message: 'busy' };
    const timeline = [started('Tune syncer', 0), ended('Tune syncer', 1, error), started('Tune syncer', 9), ended('Tune syncer', 12)];
    expect(reportedSteps(timeline).map(({ startedAt, result }) => [startedAt, result])).toEqual([
      [later(0), 'failed'],
      [later(9), 'succeeded'],
    ]);
  });

  it('leaves out what is no step', () => {
    expect(reportedSteps([{ type: 'note', text: 'a note', at: NOW }, started('Settle', 0)])).toEqual([]);
  });
});
