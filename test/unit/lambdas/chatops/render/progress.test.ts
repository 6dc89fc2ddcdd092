import { describe, expect, it } from 'vitest';
import { renderProgress } from '../../../../../lambdas/chatops/render/progress.ts';
import type { ChangeRecord, ChangeReport, NewTimelineEvent } from '../../../../../lambdas/contracts/record.ts';
import { later, NOW, request } from '../../../../support/facts.ts';
import { textOf } from './reading.ts';

const started = (step: string): NewTimelineEvent => ({ type: 'step-started', step });
const ended = (step: string, error?: string): NewTimelineEvent => ({
  type: 'step-ended',
  step,
  ...(error && { error: { name: error, message: 'why' } }),
});
const done = (step: string): NewTimelineEvent[] => [started(step), ended(step)];
const sample = (state: string, lagMs?: number): NewTimelineEvent => ({ type: 'sample', step: 'Verify info', state, problems: [], lagMs });

const recordOf = (events: NewTimelineEvent[], more: Partial<ChangeRecord> = {}): ChangeRecord => ({
  changeId: 'chg-1',
  request: request(),
  startedAt: NOW,
  run: 0,
  timeline: events.map((event, index) => ({ at: later(index), ...event })),
  ...more,
});
const report: ChangeReport = { changeId: 'chg-1', outcome: 'rolled-back', target: { cluster: 'lab', database: 'orders' }, steps: [] };
const linesOf = (events: NewTimelineEvent[], more?: Partial<ChangeRecord>): string[] =>
  textOf(renderProgress(recordOf(events, more))?.message)
    .split('\n')
    .slice(1);

describe('the progress of a change', () => {
  it('is not told before a step has begun that changes something', () => {
    expect(renderProgress(recordOf([...done('Inspect status'), started('Approval gate')]))).toBeUndefined();
    expect(
      renderProgress(recordOf([...done('Inspect status'), ...done('Complete change')], { report: { ...report, outcome: 'unchanged' } })),
    ).toBeUndefined();
  });

  it('tells each step once, in the order in which they began', () => {
    expect(linesOf([...done('Begin change'), ...done('Rebind policy'), started('Tune syncer')])).toEqual([
      ':white_check_mark: Begin change: done',
      ':white_check_mark: Rebind policy: done',
      ':arrow_forward: Tune syncer: running',
    ]);
  });

  it('stays as it is while nothing new begins', () => {
    const before = [...done('Begin change'), started('Rebind policy')];
    const after = [...before, { type: 'write-claimed', step: 'Rebind policy', command: 'x' } as const, ended('Rebind policy')];
    expect(linesOf(after)).toEqual(linesOf(before));
  });

  it('counts the samples of a verification in one line, with the latest', () => {
    const events = [
      started('Verify info'),
      sample('unsettled'),
      ended('Verify info'),
      started('Verify info'),
      sample('good', 37.6),
      ended('Verify info'),
      started('Verify info'),
    ];
    expect(linesOf(events)).toEqual([':arrow_forward: Verify info: running; 2 samples, the latest good, lag 38 ms']);
  });

  it('counts the attempts at a step that is repeated', () => {
    const events = [started('Rebind policy'), ended('Rebind policy', 'DatabaseBusyError'), started('Rebind policy')];
    expect(linesOf(events)).toEqual([':arrow_forward: Rebind policy: running, attempt 2']);
  });

  it('says until when a window is waited for, and no longer once it is open', () => {
    const look = (verdict: 'wait' | 'open'): NewTimelineEvent => ({
      type: 'window',
      step: 'Change window',
      look: { verdict, ...(verdict === 'wait' && { until: '2026-12-01T12:00:00Z' }), neededSeconds: 60, says: '' },
    });
    const waiting = [started('Change window'), look('wait'), ended('Change window')];
    expect(linesOf(waiting)).toEqual([
      ':calendar: Change window: waiting until <!date^1796126400^{date_short_pretty} {time}|2026-12-01T12:00:00Z>',
    ]);
    expect(linesOf([...waiting, started('Change window'), look('open'), ended('Change window'), started('Begin change')])).toEqual([
      ':white_check_mark: Change window: done',
      ':arrow_forward: Begin change: running',
    ]);
  });

  it('marks what undoes a change, who asked it to stop, and what failed', () => {
    const cancel: NewTimelineEvent = { type: 'cancel-requested', by: 'alice', via: 'slack', reason: 'too slow' };
    const events = [
      ...done('Begin change'),
      cancel,
      started('Tune syncer'),
      ended('Tune syncer', 'ChangeCancelledError'),
      ...done('Restore centralized'),
    ];
    expect(linesOf(events, { report })).toEqual([
      ':white_check_mark: Begin change: done',
      ':octagonal_sign: Asked to stop by alice: too slow',
      ':x: Tune syncer: failed, ChangeCancelledError',
      ':white_check_mark: Rollback: Restore centralized: done',
    ]);
  });

  it('tells apart what a run did that was cut short and what the run did that took over', () => {
    const takeOver: NewTimelineEvent = { type: 'taken-over', run: 1, holder: 'recovery 1', why: 'its execution was stopped' };
    const events = [started('Restore centralized'), takeOver, ...done('Recover change'), started('Restore centralized')];
    expect(linesOf(events)).toEqual([
      ':grey_question: Rollback: Restore centralized: cut short',
      ':ambulance: Taken over by recovery 1, run 1: its execution was stopped',
      ':arrow_forward: Rollback: Restore centralized: running',
    ]);
  });

  it('keeps the latest lines where there are too many', () => {
    const takeOvers = Array.from(
      { length: 60 },
      (_, run) => ({ type: 'taken-over', run, holder: 'recovery', why: 'w'.repeat(100) }) as const,
    );
    const lines = linesOf([...takeOvers, started('Restore centralized')]);
    expect(lines[0]).toMatch(/^… and \d+ more$/);
    expect(lines.at(-1)).toBe(':arrow_forward: Rollback: Restore centralized: running');
  });
});
