import { Duration } from 'aws-cdk-lib';
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
import type { ChangeFunctions } from '../change.ts';

/** Outcomes that this version of the workflow can reach; the gates will add theirs. */
const REACHABLE: readonly Outcome[] = ['applied', 'unchanged', 'planned', 'refused', 'drifted', 'rolled-back', 'needs-operator'];

/** Every change ends here: the record is written, the lock released or kept, and the execution says how it went. */
export class Ending extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[] = [];

  constructor(scope: Construct, id: string, { completeChange }: Pick<ChangeFunctions, 'completeChange'>) {
    super(scope, id);
    const outcome = new Choice(this, 'Outcome?');
    for (const name of OUTCOME_NAMES.filter((candidate) => REACHABLE.includes(candidate))) {
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
        execution: JsonPath.stringAt('$$.Execution.Name'),
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
