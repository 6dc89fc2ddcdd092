import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { StepLambda } from '../constructs/step-lambda.ts';
import { ChangeWorkflow } from '../workflows/change.ts';

/** Two verifications of at most three hours each (an hour to settle, one to the deadline, one last interval), and the steps around them. */
const LONGEST_CHANGE = Duration.hours(8);
const READING = Duration.minutes(7);
const WRITING = Duration.minutes(15);

/** The change workflow with a function for each of its steps. Wiring only. */
export class SyncshiftStack extends Stack {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const step = (name: string, timeout: Duration) => new StepLambda(this, name, { step: name, timeout }).function;
    const workflow = new ChangeWorkflow(this, 'Change', {
      inspectStatus: step('inspect-status', READING),
      beginChange: step('begin-change', READING),
      rebindPolicy: step('rebind-policy', WRITING),
      tuneSyncer: step('tune-syncer', WRITING),
      verifyInfo: step('verify-info', Duration.minutes(4)),
      completeChange: step('complete-change', Duration.minutes(1)),
    });
    this.stateMachine = new StateMachine(this, 'ChangeWorkflow', {
      comment: 'One change of the synchronization mode of one database',
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(workflow),
      timeout: LONGEST_CHANGE,
      tracingEnabled: true,
      logs: {
        // Inputs and outputs of the states belong to the change's record, not into a second place.
        destination: new LogGroup(this, 'ChangeLogs', { retention: RetentionDays.ONE_YEAR }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    new CfnOutput(this, 'ChangeWorkflowArn', { value: this.stateMachine.stateMachineArn });
  }
}
