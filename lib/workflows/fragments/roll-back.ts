import { Duration } from 'aws-cdk-lib';
import { Choice, Condition, type IChainable, JsonPath, type State, StateMachineFragment } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { ChangeFunctions } from '../change.ts';
import { type Routes, StepTask } from './step-task.ts';
import { Verification } from './verification.ts';

export interface RollBackProps {
  readonly functions: ChangeFunctions;
  readonly ending: IChainable;
}

/**
 * Back to centralized, proven, and only then, if the request asks for it, the recorded policy. There is one attempt: whatever
 * fails in here needs an operator.
 */
export class RollBack extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { functions, ending }: RollBackProps) {
    super(scope, id);
    const routes: Routes = { onHalt: ending, onFailure: ending, haltPath: '$.halted', failurePath: '$.halted' };
    const restoreCentralized = new StepTask(this, 'Restore centralized', {
      run: functions.tuneSyncer,
      phase: 'rollback',
      input: { mode: 'centralized', change: JsonPath.entirePayload },
      resultPath: '$.restored',
      timeout: Duration.minutes(15),
      routes,
      comment: 'Sets the mode back where it is not back already',
    });
    const restorePolicy = new StepTask(this, 'Restore policy', {
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
