import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  type INextable,
  JsonPath,
  type State,
  StateMachineFragment,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { OUTCOME_NAMES, OUTCOMES, type Outcome } from '../../../lambdas/contracts/outcomes.ts';
import type { ChangeIdentity } from './step-task.ts';

export interface EndingProps {
  readonly identity: ChangeIdentity;
  readonly completeChange: IFunction;
  /** Outcomes with which the execution fails, under the error name of the outcome. */
  readonly failsWith: readonly Outcome[];
}

/** Outcomes that the execution of a change fails with: all that have an error name. */
export const FAILED_OUTCOMES = OUTCOME_NAMES.filter((name) => 'executionError' in OUTCOMES[name]);

/** Every change ends here: the record is written, the lock released or kept, and the execution says how it went. */
export class Ending extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[] = [];

  constructor(scope: Construct, id: string, { identity, completeChange, failsWith }: EndingProps) {
    super(scope, id);
    const outcome = new Choice(this, 'Outcome?');
    for (const name of failsWith) {
      const { meaning, ...end } = OUTCOMES[name];
      if ('executionError' in end)
        outcome.when(
          Condition.stringEquals('$.completed.outcome', name),
          new Fail(this, end.executionError, { comment: meaning, error: end.executionError, causePath: '$.completed.message' }),
        );
    }
    outcome.otherwise(new Succeed(this, 'Change complete', { outputPath: '$.completed.report' }));
    const task = new LambdaInvoke(this, 'Complete change', {
      lambdaFunction: completeChange,
      comment: 'Writes the record, and releases the lock unless an operator is needed',
      payload: TaskInput.fromObject({
        step: 'Complete change',
        ...identity,
        phase: 'conclude',
        input: JsonPath.objectAt('$$.Execution.Input'),
        change: JsonPath.entirePayload,
      }),
      payloadResponseOnly: true,
      resultPath: '$.completed',
      taskTimeout: Timeout.duration(Duration.minutes(2)),
    }).addRetry({ errors: [Errors.ALL], interval: Duration.seconds(2), maxAttempts: 2, backoffRate: 2 });
    // Without a record nobody can say how the change ended, and the lock still stands.
    task.addCatch(
      new Fail(this, 'Record not written', { error: 'NeedsOperator', cause: 'The change ended, but its record could not be written.' }),
      { errors: [Errors.ALL], resultPath: '$.halted' },
    );
    task.next(outcome);
    this.startState = task;
  }
}
