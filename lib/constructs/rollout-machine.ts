import { Duration } from 'aws-cdk-lib';
import { Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import { MAP_LABELS } from '../workflows/fragments/rollout-map.ts';
import { type RolloutFunctions, RolloutWorkflow } from '../workflows/rollout.ts';
import type { ChangeMachine } from './change-machine.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import { loggedStateMachine } from './logged-state-machine.ts';
import { rolloutMachineArn } from './rollout-arn.ts';
import { acceptOwnExecutions, grantRunningChanges } from './rollout-rights.ts';

/** A rollout may wait for people and windows for months; its executions end by themselves before Step Functions ends them without a word. */
const LONGEST_RUN = Duration.days(364);

const NEEDS_SOMEBODY = ROLLOUT_OUTCOMES['needs-operator'].executionError;
/** Errors with which an execution says how its rollout ended, where nobody has to do anything about it. */
const ENDS = Object.values(ROLLOUT_OUTCOMES).flatMap((end) =>
  'executionError' in end && end.executionError !== NEEDS_SOMEBODY ? [end.executionError] : [],
);

export interface RolloutMachineProps {
  readonly functions: RolloutFunctions;
  readonly change: ChangeMachine;
}

/** The workflow of a rollout, and what keeps the news of executions that did not come to an end of their own. */
export class RolloutMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** Executions that were stopped, ran out of time, or need somebody. */
  readonly cutShort: Queue;

  constructor(scope: Construct, id: string, { functions, change }: RolloutMachineProps) {
    super(scope, id);
    this.stateMachine = loggedStateMachine(this, 'RolloutWorkflow', {
      name: DEPLOYED.rollout,
      comment: 'Changes of many databases, in waves',
      workflow: new RolloutWorkflow(this, 'Rollout', { functions, changeArn: change.alias.ref, rolloutArn: rolloutMachineArn(this) }),
      functions: Object.values(functions),
      timeout: LONGEST_RUN,
    });
    grantRunningChanges(this.stateMachine.role);
    acceptOwnExecutions(this.stateMachine, Object.values(MAP_LABELS));
    this.cutShort = deadLetterQueue(this, 'CutShort');
    this.#watch();
  }

  /** That an execution failed says little, as most ways for a rollout to end are failures of it; the error tells them apart. */
  #watch(): void {
    const failed = (error: unknown[]) => ({ status: ['FAILED'], error });
    const rule = new Rule(this, 'Ends', {
      description: 'Executions of rollouts that ended and need somebody',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.stateMachine.stateMachineArn],
          $or: [{ status: ['ABORTED', 'TIMED_OUT'] }, failed(Match.anythingBut(...ENDS)), failed(Match.doesNotExist())],
        },
      },
    });
    rule.addTarget(new SqsQueue(this.cutShort));
  }
}
