import { Duration } from 'aws-cdk-lib';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { RecoverChangeWorkflow, type RecoverFunctions } from '../workflows/recover-change.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import { loggedStateMachine } from './logged-state-machine.ts';

/** A write that may be under way is waited for, then one rollback: a write, a verification of at most three hours, the policies. */
const LONGEST_RECOVERY = Duration.hours(12);
/** Past this, people have been told by the lock, whose lease is over. */
const LATEST_START = Duration.hours(6);

export interface RecoveryProps {
  readonly functions: RecoverFunctions;
  /** The workflow of a change. */
  readonly workflow: StateMachine;
}

/** Undoes changes whose execution was cut short, as soon as Step Functions tells that one was. */
export class Recovery extends Construct {
  readonly stateMachine: StateMachine;
  /** News of executions that could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { functions, workflow }: RecoveryProps) {
    super(scope, id);
    this.stateMachine = loggedStateMachine(this, 'RecoverChange', {
      name: DEPLOYED.recovery,
      comment: 'Undoes a change whose execution was cut short',
      workflow: new RecoverChangeWorkflow(this, 'Workflow', functions),
      functions: Object.values(functions),
      timeout: LONGEST_RECOVERY,
    });
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    this.#watch(workflow);
  }

  /** Services put their news on the default bus, each at best effort: the alarm on locks past their lease is for what is never told. */
  #watch({ stateMachineArn }: StateMachine): void {
    const rule = new Rule(this, 'CutShort', {
      description: 'Executions of changes that ended without, or perhaps without, a record',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          // A stopped or timed-out execution runs no Catch. Of those that failed, most have recorded their end, which the first step of the
          // recovery sees and leaves it at that; States.Runtime and States.DataLimitExceeded cannot be caught, so they leave no record.
          status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
          // Executions are started by the alias. The event is documented to hold what DescribeExecution answers, which is the ARN
          // without it; nothing is lost by taking the other one too.
          stateMachineArn: [stateMachineArn, ...Match.prefix(`${stateMachineArn}:`)],
        },
      },
    });
    const role = new Role(this, 'Starter', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: 'syncshift: starts the recovery of changes that were cut short',
    });
    rule.addTarget(
      new SfnStateMachine(this.stateMachine, {
        role,
        deadLetterQueue: this.undelivered,
        maxEventAge: LATEST_START,
        retryAttempts: 20,
        input: RuleTargetInput.fromObject({
          changeId: EventField.fromPath('$.detail.name'),
          why: `its execution ended as ${EventField.fromPath('$.detail.status')}`,
          force: false,
        }),
      }),
    );
  }
}
