import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  type IChainable,
  JsonPath,
  type State,
  StateMachine,
  StateMachineFragment,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { StepErrorName } from '../../lambdas/contracts/errors.ts';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import type { Move } from '../../lambdas/contracts/rollout-steps.ts';
import { RolloutApproval } from './fragments/rollout-approval.ts';
import { RolloutEnding } from './fragments/rollout-ending.ts';
import { RolloutLanes } from './fragments/rollout-lanes.ts';
import { EachCluster, MAP_LABELS } from './fragments/rollout-map.ts';
import { ITS_PLACE, RolloutTask, STEP_TIMEOUTS } from './fragments/rollout-task.ts';

/** One function for each step. */
export interface RolloutFunctions {
  readonly openRollout: IFunction;
  readonly judgeRollout: IFunction;
  readonly surveyCluster: IFunction;
  readonly planRollout: IFunction;
  readonly requestRolloutApproval: IFunction;
  readonly nextInLane: IFunction;
  readonly checkMembers: IFunction;
  readonly endRollout: IFunction;
}

export interface RolloutWorkflowProps {
  readonly functions: RolloutFunctions;
  /** By which changes are started: the alias of their workflow. */
  readonly changeArn: string;
  /** Of this very workflow, by its name: it starts itself. */
  readonly rolloutArn: string;
}

const UNREADABLE: StepErrorName = 'InvalidInputError';

/**
 * Many changes, in waves. A loop around one step, the judge, which reads in the store how everything stands and says what comes next; after
 * each move the way leads back to it. Nothing travels but the place of the rollout and the latest move, so that any execution can go on
 * where the one before it ended.
 */
export class RolloutWorkflow extends StateMachineFragment {
  readonly startState: State;
  readonly endStates = [];
  readonly #props: RolloutWorkflowProps;

  constructor(scope: Construct, id: string, props: RolloutWorkflowProps) {
    super(scope, id);
    this.#props = props;
    const { functions } = props;
    const cutShort = new Fail(this, 'Rollout cut short', {
      comment: 'The record stands, and another run can go on from it',
      error: ROLLOUT_OUTCOMES['needs-operator'].executionError,
      causePath: '$.failure.Cause',
    });
    const judge = new RolloutTask(this, 'Judge rollout', {
      run: functions.judgeRollout,
      input: { ...ITS_PLACE, moves: JsonPath.numberAt('$.judged.moves') },
      timeout: STEP_TIMEOUTS.long,
      resultPath: '$.judged',
      onFailure: cutShort,
      failurePath: '$.failure',
      comment: 'Reads how everything stands, and says what comes next',
    });
    const open = new RolloutTask(this, 'Open rollout', {
      run: functions.openRollout,
      timeout: STEP_TIMEOUTS.short,
      resultSelector: { ...ITS_PLACE, judged: { moves: 0 } },
      onFailure: cutShort,
      failurePath: '$.failure',
      refuses: {
        errors: [UNREADABLE],
        next: new Fail(this, 'Rollout not opened', {
          comment: 'What was asked for cannot be read; nothing was begun',
          error: ROLLOUT_OUTCOMES.refused.executionError,
          causePath: '$.failure.Cause',
        }),
      },
      comment: 'Puts a new rollout on record, or takes up one that is there',
    });
    open.next(judge);
    judge.next(this.#whatNext(this.#moves(judge, cutShort)));
    this.startState = open.startState;
  }

  #whatNext(moves: Record<Move['kind'], IChainable>): Choice {
    // A move that is none of these fails the execution by itself.
    const choice = new Choice(this, 'What next?');
    for (const [kind, next] of Object.entries(moves)) choice.when(Condition.stringEquals('$.judged.move.kind', kind), next);
    return choice;
  }

  #moves(judge: RolloutTask, cutShort: Fail): Record<Move['kind'], IChainable> {
    const { functions, changeArn } = this.#props;
    const lanes = new RolloutLanes(this, 'Lanes', { nextInLane: functions.nextInLane, changeArn, next: judge });
    const plan = new RolloutTask(this, 'Make plan', {
      run: functions.planRollout,
      input: ITS_PLACE,
      timeout: STEP_TIMEOUTS.long,
      resultPath: JsonPath.DISCARD,
      onFailure: judge,
      comment: 'Puts every target into its wave and lane',
    });
    plan.next(judge);
    const wait = new Wait(this, 'Wait', { time: WaitTime.timestampPath('$.judged.move.until') });
    wait.next(judge);
    return {
      survey: new EachCluster(this, 'Survey clusters', {
        run: functions.surveyCluster,
        each: 'Survey cluster',
        label: MAP_LABELS.survey,
        next: judge,
        comment: 'Plans what the change of each selected database would do',
      }),
      plan,
      approve: new RolloutApproval(this, 'Approval', { requestApproval: functions.requestRolloutApproval, next: judge }),
      wait,
      change: lanes,
      undo: lanes,
      check: new EachCluster(this, 'Check members', {
        run: functions.checkMembers,
        each: 'Check cluster',
        label: MAP_LABELS.check,
        next: judge,
        comment: 'Takes a sample of every member of the wave',
      }),
      'hand-over': this.#handOver(cutShort),
      pause: new Succeed(this, 'Paused', { comment: 'Another run goes on when somebody asks for it' }),
      end: new RolloutEnding(this, 'Ending', { endRollout: functions.endRollout, onFailure: cutShort }),
    };
  }

  /** An execution has room for so many events only. */
  #handOver(cutShort: Fail): StepFunctionsStartExecution {
    const { rolloutId } = ITS_PLACE;
    const run = JsonPath.numberAt('$.judged.move.run');
    const start = new StepFunctionsStartExecution(this, 'Go on in a new execution', {
      comment: 'The history of this one gets long',
      stateMachine: StateMachine.fromStateMachineArn(this, 'Itself', this.#props.rolloutArn),
      name: JsonPath.format('{}-r{}', rolloutId, JsonPath.stringAt('$.judged.move.run')),
      input: TaskInput.fromObject({ rolloutId, run }),
      resultPath: JsonPath.DISCARD,
      taskTimeout: Timeout.duration(STEP_TIMEOUTS.short),
    });
    // Started again with the same name and input, it is the same execution.
    start.addRetry({ errors: [Errors.ALL], interval: Duration.seconds(2), maxAttempts: 4, backoffRate: 3 });
    start.addCatch(cutShort, { errors: [Errors.ALL], resultPath: '$.failure' });
    start.next(new Succeed(this, 'Handed over'));
    return start;
  }
}
