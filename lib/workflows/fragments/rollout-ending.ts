import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  type State,
  StateMachineFragment,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ROLLOUT_OUTCOME_NAMES, ROLLOUT_OUTCOMES } from '../../../lambdas/contracts/rollout-outcomes.ts';
import { ITS_PLACE, RolloutTask, STEP_TIMEOUTS } from './rollout-task.ts';

export interface RolloutEndingProps {
  readonly endRollout: IFunction;
  /** Where a rollout goes whose end could not be recorded; the error is at `$.failure`. */
  readonly onFailure: IChainable;
}

/** Records how a rollout ended, and lets the execution say the same. */
export class RolloutEnding extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { endRollout, onFailure }: RolloutEndingProps) {
    super(scope, id);
    const outcome = new Choice(this, 'How did it end?');
    for (const name of ROLLOUT_OUTCOME_NAMES) {
      const { meaning, ...end } = ROLLOUT_OUTCOMES[name];
      if ('executionError' in end)
        outcome.when(
          Condition.stringEquals('$.ended.outcome', name),
          new Fail(this, end.executionError, { comment: meaning, error: end.executionError, causePath: '$.ended.message' }),
        );
    }
    outcome.otherwise(new Succeed(this, 'Rollout complete', { outputPath: '$.ended' }));
    const task = new RolloutTask(this, 'End rollout', {
      run: endRollout,
      input: {
        ...ITS_PLACE,
        outcome: JsonPath.stringAt('$.judged.move.outcome'),
        says: JsonPath.stringAt('$.judged.move.says'),
      },
      timeout: STEP_TIMEOUTS.short,
      resultPath: '$.ended',
      onFailure,
      failurePath: '$.failure',
      comment: 'Writes the end into the record',
    });
    task.next(outcome);
    this.startState = task.startState;
  }
}
