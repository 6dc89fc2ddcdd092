/** Changes as the deployed workflow leaves them behind in Step Functions. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Outcome } from '../../../lambdas/contracts/outcomes.ts';
import { OUTCOMES } from '../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import { HistoryWriter, lambdaCause } from './history.ts';

export interface Story {
  readonly events: readonly HistoryEvent[];
  /** As `DescribeExecution` has it once all events have happened. */
  readonly status: 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT' | 'RUNNING';
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export const REQUEST = {
  target: { cluster: 'eu-west', database: 'orders' },
  wanted: { syncerMode: 'distributed' as const },
  requestedBy: 'alice',
};

const state = (mode: 'centralized' | 'distributed', name: string) => ({
  syncerMode: mode,
  effectiveMode: mode,
  class: name,
  endpoints: [{ id: '7:1' as const, policy: 'all-master-shards', nodes: [1, 2] }],
});

export function reportOf(changeId: string, outcome: Outcome, error?: { name: string; message: string }): ChangeReport {
  const wasWritten = ['applied', 'rolled-back', 'needs-operator'].includes(outcome);
  return {
    changeId,
    outcome,
    target: { cluster: 'eu-west', database: 'orders', id: 'db:7' },
    before: state('centralized', 'C2'),
    ...(wasWritten && { after: outcome === 'applied' ? state('distributed', 'D2') : state('centralized', 'C2') }),
    ...(outcome === 'applied' && { health: 'unverified' as const }),
    plan: {
      hash: 'a1b2c3d4e5f6a7b8',
      steps: [{ name: 'Tune syncer', command: 'tune db db:7 syncer_mode distributed' }],
      clientImpact: [],
      warnings: [],
      blockers: [],
    },
    steps: [],
    ...(error && { error }),
  } as ChangeReport;
}

const verification = { settleSeconds: 10, intervalSeconds: 10, samples: 2, deadlineSeconds: 600, maxLagMs: 500, requireHealth: false };
const sampled = (taken: number, state: 'good' | 'bad' = 'good', problems: string[] = []) => ({
  verdict: state === 'good' && taken > 1 ? 'passed' : 'pending',
  tally: {
    startedAt: '2026-12-01T02:00:05.000Z',
    taken,
    streak: { state, length: taken, since: '2026-12-01T02:00:05.000Z' },
    flips: 0,
    problems,
  },
});

/** The way of every change to its lock. */
const begun = (request: object) => {
  const change = { request: { ...REQUEST, verification }, plan: { hash: 'a1b2c3d4e5f6a7b8', holdCentralized: false }, next: 'begin' };
  const history = new HistoryWriter()
    .started(request)
    .task('Inspect status', change)
    .passes('Choice', 'What is needed?', change)
    .passes('Pass', 'Gates', change)
    .task('Begin change', { facts: {} }, change)
    .passes('Choice', 'Is the flag set already?', change);
  return { change, history };
};

function concluded(history: HistoryWriter, change: object, report: ChangeReport): Story {
  const completed = { outcome: report.outcome, message: report.error?.message ?? report.outcome, report };
  history.task('Complete change', completed, { ...change, completed }).passes('Choice', 'Outcome?', { ...change, completed });
  const end = OUTCOMES[report.outcome];
  if (!('executionError' in end)) {
    return { events: history.succeeds(report).events, status: 'SUCCEEDED', output: JSON.stringify(report) };
  }
  const { executionError: error } = end;
  return { events: history.fails(error, error, completed.message).events, status: 'FAILED', error, cause: completed.message };
}

export function applied(changeId: string, request: object = REQUEST): Story {
  const { change, history } = begun(request);
  history
    .task('Rebind policy', { changed: false, notes: [] }, { ...change, policy: { changed: false, notes: [] } })
    .task('Tune syncer', { changed: true }, change)
    .passes('Wait', 'Settle before verify info', change)
    .task('Verify info', sampled(1), { ...change, verification: sampled(1) })
    .passes('Choice', 'Verify info: passed?', change)
    .passes('Wait', 'Wait to verify info again', change)
    .task('Verify info', sampled(2), { ...change, verification: sampled(2) })
    .passes('Choice', 'Verify info: passed?', change);
  return concluded(history, change, reportOf(changeId, 'applied'));
}

export const VERIFICATION_FAILED = {
  name: 'VerificationFailedError',
  message: 'verification of distributed failed: 2 samples, the last 2 bad',
};

/** One step is repeated on the way, and the verification fails. */
export function rolledBack(changeId: string, request: object = REQUEST): Story {
  const { change, history } = begun(request);
  history
    .enters('Task', 'Rebind policy')
    .attempt('Rebind policy')
    .timesOut()
    .attempt('Rebind policy')
    .answers({ changed: false })
    .exits('Task', 'Rebind policy', { ...change, policy: { changed: false, notes: ['endpoint 7:1: node 3 is not bound'] } })
    .task('Tune syncer', { changed: true }, change)
    .passes('Wait', 'Settle before verify info', change)
    .task('Verify info', sampled(1, 'bad', ['endpoint 7:1 is bound to one node']), {
      ...change,
      verification: sampled(1, 'bad', ['endpoint 7:1 is bound to one node']),
    })
    .passes('Choice', 'Verify info: passed?', change);
  const failure = { Error: VERIFICATION_FAILED.name, Cause: lambdaCause(VERIFICATION_FAILED.name, VERIFICATION_FAILED.message) };
  history
    .failingTask('Verify info', [{ error: failure.Error, cause: failure.Cause }], { ...change, failure })
    .task('Restore centralized', { changed: true }, { ...change, failure })
    .task('Verify centralized', sampled(2), { ...change, failure, restoredVerification: sampled(2) });
  return concluded(history, { ...change, failure }, reportOf(changeId, 'rolled-back', VERIFICATION_FAILED));
}

export function refused(changeId: string, request: object = REQUEST): Story {
  const change = { next: 'refuse' };
  const history = new HistoryWriter().started(request).task('Inspect status', change).passes('Choice', 'What is needed?', change);
  return concluded(history, change, reportOf(changeId, 'refused', { name: 'PreconditionFailedError', message: 'OSS Cluster API is on' }));
}

export function planned(changeId: string, request: object = { ...REQUEST, planOnly: true }): Story {
  const change = { next: 'finish' };
  const history = new HistoryWriter().started(request).task('Inspect status', change).passes('Choice', 'What is needed?', change);
  return concluded(history, change, reportOf(changeId, 'planned'));
}

const RECORD_LOST = 'The change ended, but its record could not be written.';
export function recordNotWritten(_changeId: string, request: object = REQUEST): Story {
  const { change, history } = begun(request);
  const error = 'ProvisionedThroughputExceededException';
  history.failingTask('Complete change', [{ error, cause: lambdaCause(error, 'table syncshift-changes: too many requests') }], change);
  return {
    events: history.fails('Record not written', 'NeedsOperator', RECORD_LOST).events,
    status: 'FAILED',
    error: 'NeedsOperator',
    cause: RECORD_LOST,
  };
}

/** Stopped from outside, in the middle of a write or before the lock. */
export function aborted(_changeId: string, request: object = REQUEST, { inWrite = true } = {}): Story {
  const history = inWrite ? begun(request).history : new HistoryWriter().started(request);
  history.enters('Task', inWrite ? 'Tune syncer' : 'Inspect status').attempt('Tune syncer');
  const details = { error: 'Operator', cause: 'wrong database' };
  return { events: history.aborted(details).events, status: 'ABORTED', ...details };
}

export function timedOut(_changeId: string, request: object = REQUEST): Story {
  const { history } = begun(request);
  return { events: history.enters('Task', 'Tune syncer').attempt('Tune syncer').timedOut().events, status: 'TIMED_OUT' };
}

/** Runs until the end of time. */
export function endless(_changeId: string, request: object = REQUEST): Story {
  const { history } = begun(request);
  return { events: history.enters('Task', 'Tune syncer').attempt('Tune syncer').events, status: 'RUNNING' };
}
