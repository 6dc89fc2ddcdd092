import { Duration } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, type IMetric, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  endedMetric,
  eventsLostMetric,
  faultsOf,
  glassBrokenMetric,
  locksCountedMetric,
  locksMetric,
  sumOf,
  undeliveredMetric,
} from './change-metrics.ts';
import { LOCK_WATCH_INTERVAL } from './lock-watch.ts';

/** Alarms by id, with the heading of the runbook that says what to do. */
export const RUNBOOK_ENTRIES = {
  NeedsOperator: 'needs-operator',
  RolledBack: 'rolled-back',
  StuckLock: 'a-lock-that-nobody-holds',
  LocksUncounted: 'locks-uncounted',
  LockCountUndelivered: 'locks-uncounted',
  StepErrors: 'step-errors',
  FunctionErrors: 'step-errors',
  ExecutionsCutShort: 'executions-cut-short',
  RecoveryFailed: 'recovery-failed',
  RolloutCutShort: 'rollout-cut-short',
  RolloutStepErrors: 'step-errors',
  ScheduleUndelivered: 'starts-undelivered',
  GlassBroken: 'glass-broken',
  EventsLost: 'events-lost',
  ThreadsLost: 'threads-lost',
  ChatTasksUndelivered: 'chat-tasks-undelivered',
  ThreadUpdatesUndelivered: 'thread-updates-undelivered',
  NotificationsUndelivered: 'notifications-undelivered',
  ChatEndpointFailed: 'chat-endpoint-failed',
} as const;
type AlarmId = keyof typeof RUNBOOK_ENTRIES;

/** Something that operators are told of as soon as it occurs. */
export interface Occurrence {
  readonly id: AlarmId;
  readonly metric: IMetric;
  /** What has happened, as a sentence. */
  readonly what: string;
}

export interface ChangeAlarmsProps {
  readonly topic: ITopic;
  readonly workflow: StateMachine;
  readonly recovery: StateMachine;
  /** Functions that the workflows call, by name. */
  readonly steps: Readonly<Record<string, IFunction>>;
  /** Every other function whose failures are faults, by name. An alarm has room for ten. */
  readonly helpers: Readonly<Record<string, IFunction>>;
  /** What could not be delivered, by what it was for. */
  readonly undelivered: Readonly<Record<'lockCounts' | 'starts' | 'recoveries', IQueue>>;
  /** Where the runbook is: a path or an address, to which the heading is appended. */
  readonly runbookUrl: string;
  /** What is to be told beside that of changes and their workflows. @default nothing */
  readonly more?: readonly Occurrence[];
}

/** How long an alarm looks back, unless told otherwise. */
export const SOON = Duration.minutes(5);

const waitingIn = (queue: IQueue): Metric => undeliveredMetric(queue, SOON);

/** Tells operators when they are needed, each time with the place in the runbook that says what for. */
export class ChangeAlarms extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #props: ChangeAlarmsProps;

  constructor(scope: Construct, id: string, props: ChangeAlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { workflow, recovery, steps, helpers, undelivered, more = [] } = props;
    this.#add(
      'NeedsOperator',
      endedMetric('needs-operator', SOON),
      'A change ended in a state that could not be proven safe; its lock is kept.',
    );
    this.#add(
      'RolledBack',
      endedMetric('rolled-back', SOON),
      'A change failed after its first write; centralized was restored and read back.',
    );
    this.#add(
      'StuckLock',
      // Twice the interval, so that there is always a count to look at.
      locksMetric('locksPastLease', Duration.minutes(2 * LOCK_WATCH_INTERVAL.toMinutes())),
      'A lock stands although the lease of its change is over: the change died, or it waits for an operator.',
      // Without a count nobody knows that the lock is gone.
      { treatMissingData: TreatMissingData.IGNORE },
    );
    this.#add('LocksUncounted', locksCountedMetric(LOCK_WATCH_INTERVAL), 'Locks are no longer counted: a stuck one would not be noticed.', {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.#add('LockCountUndelivered', waitingIn(undelivered.lockCounts), 'The schedule could not call the function that counts locks.');
    this.#add(
      'StepErrors',
      // An alarm has room for ten metrics: those of the steps fill it.
      faultsOf(steps, SOON),
      'A function failed in a way that the workflow has no name for: out of time or memory, or a fault in the code.',
    );
    const failedHelpers = Object.values(helpers).map((run, index): [string, Metric] => [`e${index}`, run.metricErrors({ period: SOON })]);
    this.#add(
      'FunctionErrors',
      sumOf(Object.fromEntries(failedHelpers), 'failed runs', SOON),
      'A function beside the workflows failed: it takes decisions, counts locks, or serves chat and notifications.',
    );
    // Executions are started by the alias. That they count under the state machine as well is likely and was never seen: the guide asks
    // to try it once. An execution that is cut short under its lock comes to light by StuckLock in any case.
    const cutShort = { timedOut: workflow.metricTimedOut({ period: SOON }), aborted: workflow.metricAborted({ period: SOON }) };
    this.#add(
      'ExecutionsCutShort',
      sumOf(cutShort, 'timed out or stopped', SOON),
      'A change was stopped or ran out of time. "Recover change" takes it over: it rolls back what was written, and records the end.',
    );
    const lost = {
      failed: recovery.metricFailed({ period: SOON }),
      timedOut: recovery.metricTimedOut({ period: SOON }),
      aborted: recovery.metricAborted({ period: SOON }),
    };
    this.#add(
      'RecoveryFailed',
      sumOf(lost, 'recoveries that failed', SOON),
      'A change that was cut short could not be recovered: its lock may stand, with the database half-way.',
    );
    const undeliveredStarts = { starts: waitingIn(undelivered.starts), recoveries: waitingIn(undelivered.recoveries) };
    this.#add(
      'ScheduleUndelivered',
      sumOf(undeliveredStarts, 'starts that were not delivered', SOON),
      'A scheduled change, or the recovery of one that was cut short, could not be started.',
    );
    this.#add('GlassBroken', glassBrokenMetric(SOON), 'Somebody let a change through its approval gate alone.');
    this.#add('EventsLost', eventsLostMetric(SOON), 'The event bus or the topic did not take news of a change; its record has all of it.');
    for (const { id: name, metric, what } of more) this.#add(name, metric, what);
  }

  /** An alarm, unless told otherwise at the first occurrence: each of these is worth a look. */
  #add(id: AlarmId, metric: IMetric, what: string, options: Partial<AlarmProps> = {}): void {
    const { topic, runbookUrl } = this.#props;
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `${what} ${runbookUrl}#${RUNBOOK_ENTRIES[id]}`,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    this.alarms.push(alarm);
  }
}
