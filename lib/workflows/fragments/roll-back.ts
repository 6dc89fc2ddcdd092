import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, type IChainable, JsonPath, type State, StateMachineFragment } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type ChangeIdentity, type Routes, StepTask } from './step-task.ts';
import { Verification } from './verification.ts';

/** Functions that undo a change and put its end on record. */
export interface RollBackFunctions {
  readonly rebindPolicy: IFunction;
  readonly tuneSyncer: IFunction;
  readonly verifyInfo: IFunction;
  readonly completeChange: IFunction;
}

export interface RollBackProps {
  readonly identity: ChangeIdentity;
  readonly functions: RollBackFunctions;
  readonly ending: IChainable;
}

/**
 * Back to centralized, proven, and only then, if the request asks for it, the recorded policy. There is one attempt: whatever
 * fails in here needs an operator.
 */
export class RollBack extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { identity, functions, ending }: RollBackProps) {
    super(scope, id);
    const routes: Routes = { onHalt: ending, onFailure: ending, haltPath: '$.halted', failurePath: '$.halted' };
    const restoreCentralized = new StepTask(this, 'Restore centralized', {
      identity,
      run: functions.tuneSyncer,
      phase: 'rollback',
      input: { mode: 'centralized', change: JsonPath.entirePayload },
      resultPath: '$.restored',
      timeout: Duration.minutes(15),
      routes,
      comment: 'Sets the mode back where it is not back already',
    });
    const restorePolicy = new StepTask(this, 'Restore policy', {
      identity,
      run: functions.rebindPolicy,
      phase: 'rollback',
      input: { change: JsonPath.entirePayload },
      resultPath: '$.restoredPolicy',
      timeout: Duration.minutes(15),
      routes,
      comment: 'Puts recorded policies and lists back, on request only: narrowing cuts clients',
    });
    restorePolicy.next(ending);
    const verification = new Verification(this, 'Rollback verification', {
      identity,
      run: functions.verifyInfo,
      phase: 'rollback',
      name: 'Verify centralized',
      mode: 'centralized',
      resultPath: '$.restoredVerification',
      routes,
      onPassed: new Choice(this, 'Restore the policy too?')
        .when(Condition.booleanEquals('$.request.rollback.restoreProxyPolicy', true), restorePolicy)
        .otherwise(ending),
    });
    restoreCentralized.next(verification);
    this.startState = restoreCentralized.startState;
  }
}
