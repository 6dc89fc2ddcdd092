import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  type IChainable,
  JsonPath,
  type State,
  StateMachineFragment,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type ChangeIdentity, type Routes, StepTask } from './step-task.ts';

export interface VerificationProps {
  readonly identity: ChangeIdentity;
  readonly run: IFunction;
  readonly phase: 'forward' | 'rollback';
  /** Name of the sampling state; the other states take it up. */
  readonly name: string;
  /** Mode that has to hold: a fixed one, or the path of it. */
  readonly mode: string;
  readonly resultPath: '$.verification' | '$.restoredVerification';
  readonly routes: Routes;
  readonly onPassed: IChainable;
}

const seconds = (setting: string) => WaitTime.secondsPath(`$.request.verification.${setting}`);

/** Settle, then sample until there is a verdict; a verdict other than passed leaves as the error of that name. */
export class Verification extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { identity, run, phase, name, mode, resultPath, routes, onPassed }: VerificationProps) {
    super(scope, id);
    const sample = new StepTask(this, name, {
      identity,
      run,
      phase,
      input: { mode, change: JsonPath.entirePayload },
      resultPath,
      // A sick cluster answers slowly: a sample that came too late would pass for a step that failed.
      timeout: Duration.minutes(11),
      routes,
      comment: 'Takes one sample and judges all so far',
    });
    const settle = new Wait(this, `Settle before ${name.toLowerCase()}`, { time: seconds('settleSeconds') });
    const interval = new Wait(this, `Wait to ${name.toLowerCase()} again`, { time: seconds('intervalSeconds') });
    const passed = new Choice(this, `${name}: passed?`);
    passed.when(Condition.stringEquals(`${resultPath}.verdict`, 'passed'), onPassed).otherwise(interval);
    interval.next(sample);
    settle.next(sample);
    sample.next(passed);
    this.startState = settle;
  }
}
