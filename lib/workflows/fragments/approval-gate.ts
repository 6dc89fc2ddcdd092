import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Errors,
  type IChainable,
  type INextable,
  IntegrationPattern,
  JsonPath,
  Pass,
  type State,
  StateMachineFragment,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { errorsThatRepeat, type StepErrorName } from '../../../lambdas/contracts/errors.ts';
import type { ChangeIdentity } from './step-task.ts';

export interface ApprovalGateProps {
  readonly identity: ChangeIdentity;
  readonly requestApproval: IFunction;
  /** Where a change goes that is not let through; the reason is at `$.stopped`. */
  readonly onStopped: IChainable;
}

const EXPIRED: StepErrorName = 'ApprovalExpiredError';

/**
 * Sleeps until somebody decides, or until the request expires. What lets the change through is the record of the decisions, which is read
 * again under the lock: being woken proves nothing.
 */
export class ApprovalGate extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, { identity, requestApproval, onStopped }: ApprovalGateProps) {
    super(scope, id);
    const name = 'Approval gate';
    const gate = new LambdaInvoke(this, name, {
      lambdaFunction: requestApproval,
      comment: 'Shows the plan to those who may approve it, and waits for them',
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({
        step: name,
        ...identity,
        phase: 'forward',
        token: JsonPath.taskToken,
        change: JsonPath.entirePayload,
      }),
      resultPath: JsonPath.DISCARD,
      taskTimeout: Timeout.at('$.request.approval.timeoutSeconds'),
    }).addRetry({ errors: errorsThatRepeat(), interval: Duration.seconds(2), maxAttempts: 2, backoffRate: 2 });
    const expired = new Pass(this, 'Approval expired', {
      comment: 'Nobody who may approve did so in time',
      parameters: { Error: EXPIRED, Cause: 'nobody who may approve this change did so in time' },
      resultPath: '$.stopped',
    });
    expired.next(onStopped);
    gate.addCatch(expired, { errors: [Errors.TIMEOUT], resultPath: JsonPath.DISCARD });
    gate.addCatch(onStopped, { errors: [Errors.ALL], resultPath: '$.stopped' });
    this.startState = gate;
    this.endStates = [gate];
  }
}
