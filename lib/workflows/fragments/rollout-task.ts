import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Errors,
  type IChainable,
  type INextable,
  JitterType,
  JsonPath,
  type RetryProps,
  type State,
  StateMachineFragment,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { errorsThatRepeat, type StepErrorName } from '../../../lambdas/contracts/errors.ts';

/** All that travels: everything else about a rollout is in the store. */
export const ITS_PLACE = { rolloutId: JsonPath.stringAt('$.rolloutId'), run: JsonPath.numberAt('$.run') };

/** Errors that come again, however often the step is repeated. */
const FINAL: readonly StepErrorName[] = ['InvalidInputError', 'LockLostError'];

/** What passes by itself is waited for, for up to 80 seconds. */
export const REPEAT: RetryProps = {
  errors: [
    ...errorsThatRepeat(),
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  interval: Duration.seconds(2),
  maxAttempts: 4,
  backoffRate: 3,
  jitterStrategy: JitterType.FULL,
};

/** Every step of a rollout may be repeated: what it has done already is in the store. */
const REPEAT_ANYWAY: RetryProps = {
  errors: [Errors.ALL],
  interval: Duration.seconds(2),
  maxAttempts: 2,
  backoffRate: 2,
  jitterStrategy: JitterType.FULL,
};

/** How long a step may take; the function behind it has a minute less. */
export const STEP_TIMEOUTS = {
  short: Duration.minutes(2),
  /** Reads or writes thousands of items. */
  long: Duration.minutes(6),
  /** Reads a cluster. */
  reading: Duration.minutes(11),
} as const;

export interface RolloutTaskProps {
  readonly run: IFunction;
  /** What the function is called with. @default the whole state */
  readonly input?: Record<string, unknown>;
  readonly timeout: Duration;
  /** Where the result goes in the state. @default it replaces the state */
  readonly resultPath?: string;
  /** What is kept of the result. @default all of it */
  readonly resultSelector?: Record<string, unknown>;
  /** Where it goes when the step has failed for good. */
  readonly onFailure: IChainable;
  /** Where the caught error is kept. @default nowhere */
  readonly failurePath?: '$.failure';
  /** Where these errors go instead. @default where all others go */
  readonly refuses?: { readonly errors: readonly StepErrorName[]; readonly next: IChainable };
  readonly comment: string;
}

/** A step of a rollout as a state. */
export class RolloutTask extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  constructor(scope: Construct, name: string, props: RolloutTaskProps) {
    super(scope, `${name} step`);
    const { run, input, timeout, resultPath, resultSelector, onFailure, failurePath = JsonPath.DISCARD, refuses, comment } = props;
    const task = new LambdaInvoke(this, name, {
      lambdaFunction: run,
      comment,
      ...(input && { payload: TaskInput.fromObject(input) }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      ...(resultPath !== undefined && { resultPath }),
      ...(resultSelector && { resultSelector }),
      taskTimeout: Timeout.duration(timeout),
    });
    task.addRetry({ errors: [...FINAL], maxAttempts: 0 });
    task.addRetry(REPEAT);
    task.addRetry(REPEAT_ANYWAY);
    if (refuses) task.addCatch(refuses.next, { errors: [...refuses.errors], resultPath: failurePath });
    task.addCatch(onFailure, { errors: [Errors.ALL], resultPath: failurePath });
    this.startState = task;
    this.endStates = [task];
  }
}
