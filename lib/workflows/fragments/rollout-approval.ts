import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Errors,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  type State,
  StateMachineFragment,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ITS_PLACE, REPEAT } from './rollout-task.ts';

export interface RolloutApprovalProps {
  readonly requestApproval: IFunction;
  /** Goes on here, whatever was decided. */
  readonly next: IChainable;
}

/** Sleeps until somebody decides, asks for something else, or lets the time pass. What it was is in the store: being woken proves nothing. */
export class RolloutApproval extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { requestApproval, next }: RolloutApprovalProps) {
    super(scope, id);
    const gate = new LambdaInvoke(this, 'Ask for approval', {
      lambdaFunction: requestApproval,
      comment: 'Shows the plan to those who may approve it, and waits for them',
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({ ...ITS_PLACE, wave: JsonPath.numberAt('$.judged.move.wave'), token: JsonPath.taskToken }),
      retryOnServiceExceptions: false,
      resultPath: JsonPath.DISCARD,
      taskTimeout: Timeout.at('$.judged.move.timeoutSeconds'),
    });
    // Nothing more: a request that nobody answered, or that was rejected, fails too, and is not made again by itself.
    gate.addRetry(REPEAT);
    gate.addCatch(next, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    gate.next(next);
    this.startState = gate;
  }
}
