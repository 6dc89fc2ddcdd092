import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { type ChangeFunctions, ChangeWorkflow } from '../workflows/change.ts';
import { acceptWildcard } from './accept.ts';
import { acceptTracing } from './step-lambda.ts';

/** Two verifications of at most three hours each (an hour to settle, one to the deadline, one last interval), and the steps around them. */
const LONGEST_CHANGE = Duration.hours(9);

/** The workflow of a change, logged and traced, with a version for each definition and an alias for the newest. */
export class ChangeMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** Starts the newest version. */
  readonly aliasArn: string;

  constructor(scope: Construct, id: string, functions: ChangeFunctions) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'ChangeWorkflow', {
      stateMachineName: DEPLOYED.stateMachine,
      comment: 'One change of the synchronization mode of one database',
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(new ChangeWorkflow(this, 'Change', functions)),
      timeout: LONGEST_CHANGE,
      tracingEnabled: true,
      logs: {
        // Inputs and outputs of the states belong to the change's record, not into a second place.
        destination: new LogGroup(this, 'Logs', {
          // Under this prefix, names do not count against the length of the account's policy for log delivery, which is short.
          logGroupName: `/aws/vendedlogs/states/${DEPLOYED.stateMachine}`,
          retention: RetentionDays.ONE_YEAR,
          // Its name is fixed: left behind by a first deployment that failed, it would stand in the way of the second.
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    this.#acceptFindings(functions);
    this.aliasArn = this.#publish();
  }

  #publish(): string {
    const { stateMachineArn, stateMachineRevisionId } = this.stateMachine;
    const version = new CfnStateMachineVersion(this, 'Version', { stateMachineArn, stateMachineRevisionId });
    // An execution says which version it ran, so those that were stay.
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const alias = new CfnStateMachineAlias(this, 'Live', {
      name: DEPLOYED.alias,
      deploymentPreference: { type: 'ALL_AT_ONCE', stateMachineVersionArn: version.ref },
    });
    return alias.ref;
  }

  #acceptFindings(functions: ChangeFunctions): void {
    const { role } = this.stateMachine;
    acceptTracing(role);
    acceptWildcard(role, '*', 'Delivery of logs is set up for the account; its API has no resources to limit that to');
    for (const run of Object.values(functions))
      acceptWildcard(role, `${run.functionArn}:*`, 'Versions of a function that the workflow calls; CDK grants them with the function');
  }
}
