import { Duration, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  CustomState,
  Errors,
  type IChainable,
  JsonPath,
  type State,
  StateMachineFragment,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { MAP_LABELS, nothingMore, rolloutMap } from './rollout-map.ts';
import { ITS_PLACE, RolloutTask, STEP_TIMEOUTS } from './rollout-task.ts';

export interface RolloutLanesProps {
  readonly nextInLane: IFunction;
  /** By which changes are started: the alias of their workflow. */
  readonly changeArn: string;
  /** Goes on here, whatever became of the changes. */
  readonly next: IChainable;
}

/** A change of a rollout waits for nobody, and for its window not as long as this. Its own states are bounded more tightly. */
const LONGEST_CHANGE = Duration.days(14);

/** Too many starts at once, or no answer: a change that is started again under its name, with the same input, is joined. */
const NOT_STARTED = [
  'StepFunctions.ExecutionLimitExceededException',
  'StepFunctions.AWSStepFunctionsException',
  'StepFunctions.SdkClientException',
];

/**
 * The lanes of a wave side by side, the changes of each one after the other. A change is an execution of the workflow of changes, under its
 * own name. How it ended is read from its record, never from what its execution answers.
 */
export class RolloutLanes extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];

  constructor(scope: Construct, id: string, { nextInLane, changeArn, next }: RolloutLanesProps) {
    super(scope, id);
    const done = nothingMore(this, 'Lane done');
    const ofLane = ['kind', 'wave', 'lane'].map((key) => [key, JsonPath.objectAt(`$.${key}`)]);
    const look = new RolloutTask(this, 'Next in lane', {
      run: nextInLane,
      input: { ...ITS_PLACE, ...Object.fromEntries(ofLane), done: JsonPath.numberAt('$.step.done') },
      timeout: STEP_TIMEOUTS.short,
      resultPath: '$.step',
      onFailure: done,
      comment: 'Notes how the last change ended, and says which comes now',
    });
    const change = this.#changeDatabase(changeArn);
    const wait = new Wait(this, 'Wait for its recovery', { time: WaitTime.secondsPath('$.step.seconds') });
    const anythingLeft = new Choice(this, 'Anything left?')
      .when(Condition.stringEquals('$.step.next', 'change'), change)
      .when(Condition.stringEquals('$.step.next', 'wait'), wait)
      .otherwise(done);
    look.next(anythingLeft);
    change.addCatch(look, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    change.next(look);
    wait.next(look);

    const map = rolloutMap(this, 'Carry out lanes', {
      label: MAP_LABELS.lanes,
      itemName: 'lane',
      input: { kind: JsonPath.stringAt('$.judged.move.kind'), wave: JsonPath.numberAt('$.judged.move.wave'), step: { done: 0 } },
      onEach: look,
      comment: 'Changes, or sends back, what is left of a wave',
    });
    map.addCatch(next, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    map.next(next);
    this.startState = map;
  }

  /**
   * CDK has a construct for this integration, which grants the start of what the ARN names. For an alias that grants nothing: Step Functions
   * looks for the right on the state machine. So the state is written out, and the machine gets its rights beside it.
   */
  #changeDatabase(changeArn: string): CustomState {
    const change = new CustomState(this, 'Change database', {
      stateJson: {
        Type: 'Task',
        Comment: 'One change, until it has ended',
        Resource: `arn:${Stack.of(this).partition}:states:::states:startExecution.sync:2`,
        // A request holds nothing but a request: no mark of who started it fits in.
        Parameters: { StateMachineArn: changeArn, 'Name.$': '$.step.changeId', 'Input.$': '$.step.request' },
        ResultPath: null,
        TimeoutSeconds: LONGEST_CHANGE.toSeconds(),
      },
    });
    return change.addRetry({ errors: NOT_STARTED, interval: Duration.seconds(2), maxAttempts: 4, backoffRate: 3 });
  }
}
