import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Errors,
  type IChainable,
  type INextable,
  JitterType,
  JsonPath,
  type State,
  StateMachineFragment,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { errorsThat, errorsThatRepeat } from '../../../lambdas/contracts/errors.ts';

/** Without a path the error replaces the whole state: for a state that nothing may be believed of yet. */
export type ErrorPath = '$.stopped' | '$.failure' | '$.halted' | undefined;

/** Where a change goes when a step fails, by what the error table says of the error. */
export interface Routes {
  readonly onHalt: IChainable;
  readonly onFailure: IChainable;
  /** Where the caught error is kept. */
  readonly haltPath: ErrorPath;
  readonly failurePath: ErrorPath;
}

/** Which change a state belongs to, as paths. */
export interface ChangeIdentity {
  /** Id of the change. */
  readonly execution: string;
  /** Number of the run, where it is not the first. */
  readonly run?: number;
}

/** In the workflow of a change, the execution is the change. */
export const ITS_OWN_CHANGE: ChangeIdentity = { execution: JsonPath.stringAt('$$.Execution.Name') };

export interface StepTaskProps {
  readonly identity: ChangeIdentity;
  readonly run: IFunction;
  readonly phase: 'forward' | 'rollback' | 'conclude';
  /** The step's own input, beside name, execution and phase. */
  readonly input: Record<string, unknown>;
  /** Where the result goes in the state. @default the result replaces the state */
  readonly resultPath?: string;
  readonly timeout: Duration;
  readonly routes: Routes;
  readonly comment: string;
}

/** Repeats pass by themselves within seconds or not at all: two more attempts, about two and four seconds apart. */
const REPEAT = { interval: Duration.seconds(2), maxAttempts: 2, backoffRate: 2, jitterStrategy: JitterType.FULL };

/** A step as a state: its input, its timeout, and every Retry and Catch built from the error table. */
export class StepTask extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  constructor(scope: Construct, name: string, { identity, run, phase, input, resultPath, timeout, routes, comment }: StepTaskProps) {
    super(scope, `${name} step`);
    const task = new LambdaInvoke(this, name, {
      lambdaFunction: run,
      comment,
      payload: TaskInput.fromObject({ step: name, ...identity, phase, ...input }),
      payloadResponseOnly: true,
      ...(resultPath && { resultPath }),
      taskTimeout: Timeout.duration(timeout),
    }).addRetry({ errors: errorsThatRepeat(), ...REPEAT });
    const keep = (path: ErrorPath) => (path ? { resultPath: path } : {});
    if (routes.onHalt !== routes.onFailure) task.addCatch(routes.onHalt, { errors: errorsThat('halt'), ...keep(routes.haltPath) });
    task.addCatch(routes.onFailure, { errors: [Errors.ALL], ...keep(routes.failurePath) });
    this.startState = task;
    this.endStates = [task];
  }
}
