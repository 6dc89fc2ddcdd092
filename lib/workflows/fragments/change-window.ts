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

export interface ChangeWindowProps {
  readonly identity: ChangeIdentity;
  readonly changeWindow: IFunction;
  readonly routes: Routes;
  /** Where a change goes that may start now. */
  readonly onOpen: IChainable;
}

/** Waits for the window without running anything, and looks again when it should be open. */
export class ChangeWindow extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { identity, changeWindow, routes, onOpen }: ChangeWindowProps) {
    super(scope, id);
    const look = new StepTask(this, 'Change window', {
      identity,
      run: changeWindow,
      phase: 'forward',
      input: { change: JsonPath.entirePayload },
      resultPath: '$.window',
      timeout: Duration.minutes(3),
      routes,
      comment: 'May it start now, and be undone before the window closes?',
    });
    const wait = new Wait(this, 'Wait for the window', { time: WaitTime.timestampPath('$.window.until') });
    const open = new Choice(this, 'Window open?').when(Condition.stringEquals('$.window.verdict', 'open'), onOpen).otherwise(wait);
    wait.next(look);
    look.next(open);
    this.startState = look.startState;
  }
}
