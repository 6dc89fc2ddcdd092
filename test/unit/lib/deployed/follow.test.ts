import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { follow } from '../../../../lib/deployed/follow.ts';
import { HistoryWriter } from '../../../support/step-functions/history.ts';
import { executionArn } from '../../../support/step-functions/stand-in.ts';
import {
  aborted,
  applied,
  endless,
  REQUEST,
  recordNotWritten,
  refused,
  rolledBack,
  timedOut,
  VERIFICATION_FAILED,
} from '../../../support/step-functions/stories.ts';
import { awsError, FakeTiming, networkError, newClient, RecordingWatcher } from './fakes.ts';
import { type Script, scriptedExecution } from './scripted-execution.ts';

interface Told {
  readonly isNew?: boolean;
  readonly stop?: AbortSignal;
}
function following(script: Script, told: Told = {}) {
  const aws = scriptedExecution(script);
  const timing = new FakeTiming();
  const watcher = new RecordingWatcher();
  const report = follow({ client: newClient(), executionArn: executionArn('chg-1'), changeId: 'chg-1', timing, watcher, ...told });
  return { aws, timing, watcher, report };
}
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );

describe('following a change', () => {
  it('gives back the output of an execution that succeeded', async () => {
    const { report } = following({ story: applied('chg-1'), looks: [20] });
    expect(await report).toMatchObject({ changeId: 'chg-1', outcome: 'applied', after: { class: 'D2' } });
  });

  it('gives back what Complete change answered when the execution failed', async () => {
    const { report } = following({ story: rolledBack('chg-1'), looks: [20] });
    expect(await report).toMatchObject({ outcome: 'rolled-back', error: VERIFICATION_FAILED });
  });

  it('finds the answer of Complete change when the output of the execution cannot be read', async () => {
    const { output: _, ...story } = applied('chg-1');
    expect(await following({ story }).report).toMatchObject({ outcome: 'applied' });
  });

  it('finds the answer of Complete change when the execution was stopped right after it', async () => {
    const story = applied('chg-1');
    const answered = story.events.findLastIndex(({ type }) => type === 'LambdaFunctionSucceeded') + 1;
    const events = [...story.events.slice(0, answered), { ...new HistoryWriter().aborted().events[0], id: answered + 1 }];
    const { report } = following({ story: { events: events as typeof story.events, status: 'ABORTED' } });
    expect(await report).toMatchObject({ outcome: 'applied' });
  });

  it('tells each event once, in order, however they come in', async () => {
    const whole = following({ story: rolledBack('chg-1'), looks: [0] });
    await whole.report;
    const pieces = following({ story: rolledBack('chg-1'), looks: [0, 1, 2, 2, 7, 30, 31], pageSize: 3 });
    await pieces.report;
    expect(whole.watcher.story).toContain('Rebind policy failed: States.Timeout');
    expect(whole.watcher.story.at(-1)).toBe('Complete change ended');
    expect(pieces.watcher.story).toEqual(whole.watcher.story);
  });

  it('tells of waits with their end', async () => {
    const { report, watcher } = following({ story: applied('chg-1'), looks: [1] });
    await report;
    expect(watcher.waits).toEqual([
      ['Settle before verify info', expect.any(Date)],
      ['Wait to verify info again', expect.any(Date)],
    ]);
    for (const [, until] of watcher.waits) expect(until.getTime()).not.toBeNaN();
  });

  it('does not tell the story of a change that had ended before', async () => {
    const { report, watcher } = following({ story: refused('chg-1') });
    expect(await report).toMatchObject({ outcome: 'refused' });
    expect(watcher.events).toEqual([]);
  });

  it('looks again after a second while something happens and more and more seldom while nothing does', async () => {
    const { report, timing } = following({ story: applied('chg-1'), looks: [5, 6, 6, 6, 6, 6, 6, 6, 7] });
    await report;
    expect(timing.pauses).toEqual([1000, 1000, 1500, 2250, 3375, 5000, 5000, 5000, 1000]);
  });

  it('reads a very long history page by page and then only its end', async () => {
    const history = new HistoryWriter().started(REQUEST);
    for (let sample = 0; sample < 2_000; sample += 1) history.task('Verify info', {}, {}).passes('Wait', 'Wait to verify info again', {});
    const { events } = history.aborted();
    const { report, watcher, aws } = following({ story: { events, status: 'ABORTED' }, looks: [events.length - 5] });
    await report;
    expect(watcher.events.filter(({ type }) => type === 'step-started')).toHaveLength(2_000);
    const reads = aws.commandCalls(GetExecutionHistoryCommand).map(({ args }) => args[0].input);
    expect(reads.filter(({ reverseOrder }) => !reverseOrder)).toHaveLength(Math.ceil((events.length - 5) / 1000));
    expect(reads.every(({ includeExecutionData }) => includeExecutionData)).toBe(true);
  });
});

describe('a change that left no report', () => {
  it.each([
    [
      'was stopped in a write',
      aborted('chg-1'),
      /stopped from outside \(Operator: wrong database\).*its recovery rolls back/,
      'ExecutionCutShortError',
    ],
    ['ran out of time', timedOut('chg-1'), /ran out of time; its recovery rolls back/, 'ExecutionCutShortError'],
    ['could not write its record', recordNotWritten('chg-1'), /its record could not be written/, 'NeedsOperator'],
    [
      'failed in a way of the service',
      { ...endless('chg-1'), status: 'FAILED' as const, error: 'States.Runtime', cause: 'no such path' },
      /States.Runtime: no such path/,
      'NeedsOperator',
    ],
  ])('needs an operator when it %s', async (_how, story, message, name) => {
    expect(await following({ story }).report).toMatchObject({
      changeId: 'chg-1',
      outcome: 'needs-operator',
      target: REQUEST.target,
      error: { name, message: expect.stringMatching(message) },
    });
  });

  it('is refused when it was stopped before it asked for the lock', async () => {
    expect(await following({ story: aborted('chg-1', REQUEST, { inWrite: false }) }).report).toMatchObject({
      outcome: 'refused',
      error: { name: 'ChangeCancelledError', message: expect.stringContaining('nothing was locked or written') },
    });
  });

  it('needs an operator when its history never shows the end', async () => {
    const { events } = aborted('chg-1', REQUEST, { inWrite: false });
    const { report, timing } = following({ story: { events: [], status: 'ABORTED' } });
    expect(await report).toMatchObject({ outcome: 'needs-operator' });
    expect(events.length).toBeGreaterThan(0);
    expect(timing.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(20_000);
  });

  it('is not judged before its history has caught up with its end', async () => {
    const { report } = following({ story: rolledBack('chg-1'), historyLags: 3 });
    expect(await report).toMatchObject({ outcome: 'rolled-back' });
  });
});

describe('a following that meets trouble', () => {
  it.each([
    ['is throttled', awsError('ThrottlingException')],
    ['loses the network', networkError('ENETUNREACH')],
    ['meets a fault of the service', awsError('InternalFailure', 'internal', 500)],
    ['has to sign in again', awsError('ExpiredTokenException')],
  ])('goes on when it %s for less than five minutes, and says so once', async (_what, error) => {
    const fails = (operation: string, call: number) => {
      if (operation === 'history' && call > 1 && call < 20) throw error;
    };
    const { report, watcher, timing } = following({ story: applied('chg-1'), looks: [10], before: fails });
    expect(await report).toMatchObject({ outcome: 'applied' });
    expect(watcher.said).toEqual([expect.stringMatching(/does not answer for the moment/), 'AWS answers again']);
    expect(watcher.story.at(-1)).toBe('Complete change ended');
    expect(Math.max(...timing.pauses)).toBe(15_000);
  });

  it('loses sight of the change after five minutes', async () => {
    const fails = (_operation: string, call: number) => {
      if (call > 1) throw networkError('ETIMEDOUT');
    };
    const { report, timing } = following({ story: applied('chg-1'), looks: [10], before: fails });
    const begin = timing.now();
    expect(await failure(report)).toMatchObject({ name: 'LostSightError', message: expect.stringMatching(/chg-1.*ETIMEDOUT/) });
    expect(timing.now() - begin).toBeGreaterThan(4 * 60_000);
    expect(timing.now() - begin).toBeLessThanOrEqual(5 * 60_000 + 1000);
  });

  it('loses sight of the change at once when access is denied', async () => {
    const denied = () => {
      throw awsError('AccessDeniedException');
    };
    const { report, timing } = following({ story: applied('chg-1'), before: denied });
    expect(await failure(report)).toMatchObject({ name: 'LostSightError' });
    expect(timing.pauses).toEqual([]);
  });

  it('waits for a new execution to be found', async () => {
    const tooEarly = (operation: string, call: number) => {
      if (operation === 'describe' && call < 3) throw awsError('ExecutionDoesNotExist');
    };
    expect(await following({ story: applied('chg-1'), before: tooEarly }, { isNew: true }).report).toMatchObject({ outcome: 'applied' });
  });

  it('does not know an execution that nobody started', async () => {
    const unknown = () => {
      throw awsError('ExecutionDoesNotExist');
    };
    expect(await failure(following({ story: applied('chg-1'), before: unknown }).report)).toMatchObject({ name: 'UnknownChangeError' });
  });

  it('ends without a report when it is stopped', async () => {
    const controller = new AbortController();
    const stops = (operation: string) => {
      if (operation === 'history') controller.abort();
    };
    expect(await following({ story: endless('chg-1'), before: stops }, { stop: controller.signal }).report).toBeUndefined();
  });

  it('passes on what is a fault of our own', async () => {
    const broken = () => {
      throw new TypeError('a fault of ours');
    };
    expect(await failure(following({ story: applied('chg-1'), before: broken }).report)).toMatchObject({ name: 'TypeError' });
  });
});
