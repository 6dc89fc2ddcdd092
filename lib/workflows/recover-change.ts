import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  JsonPath,
  type State,
  StateMachineFragment,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import { Ending } from './fragments/ending.ts';
import { RollBack, type RollBackFunctions } from './fragments/roll-back.ts';
import { type ChangeIdentity, type Routes, StepTask } from './fragments/step-task.ts';

export interface RecoverFunctions extends RollBackFunctions {
  readonly recoverChange: IFunction;
}

const CHANGE = JsonPath.stringAt('$$.Execution.Input.changeId');
const FIRST_LOOK: ChangeIdentity = { execution: CHANGE };
/** Once the change was taken over, only this run of it may write. */
const TAKEN_OVER: ChangeIdentity = { execution: CHANGE, run: JsonPath.numberAt('$.recovery.run') };

/**
 * Undoes a change whose run was cut short, from the snapshot beside its lock. Its input is `{ changeId, why, force }`. Succeeds when
 * nothing is left to worry about, with the report of the change.
 */
export class RecoverChangeWorkflow extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, functions: RecoverFunctions) {
    super(scope, id);
    const { completeChange } = functions;
    const ending = new Ending(this, 'Ending', { identity: TAKEN_OVER, completeChange, failsWith: ['needs-operator'] });
    const rollBack = new RollBack(this, 'Roll back', { identity: TAKEN_OVER, functions, ending });
    const { executionError } = OUTCOMES['needs-operator'];
    // Nothing was taken over, or only the lock: it stands, and an alarm tells of it.
    const notRecovered = new Fail(this, 'Not recovered', { error: executionError, causePath: '$.Cause' });
    const routes: Routes = { onHalt: notRecovered, onFailure: notRecovered, haltPath: undefined, failurePath: undefined };
    const look = (name: string, comment: string) =>
      new StepTask(this, name, {
        identity: FIRST_LOOK,
        run: functions.recoverChange,
        phase: 'conclude',
        input: {
          why: JsonPath.stringAt('$$.Execution.Input.why'),
          force: JsonPath.objectAt('$$.Execution.Input.force'),
          recoverer: JsonPath.format('recovery {}', JsonPath.stringAt('$$.Execution.Name')),
        },
        timeout: Duration.minutes(2),
        routes,
        comment,
      });
    const takeOver = look('Recover change', 'Takes the change over, so that nothing of its dead run can write any more');
    const wait = new Wait(this, 'Wait for its last write', { time: WaitTime.timestampPath('$.recovery.until') });
    const next = new Choice(this, 'What is left to do?')
      .when(Condition.stringEquals('$.recovery.next', 'roll-back'), rollBack)
      .when(Condition.stringEquals('$.recovery.next', 'conclude'), ending)
      .when(Condition.stringEquals('$.recovery.next', 'wait'), wait)
      .otherwise(new Succeed(this, 'Nothing to recover'));
    takeOver.next(next);
    wait.next(takeOver);
    this.startState = takeOver.startState;
  }
}
