import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnStateMachineAlias, CfnStateMachineVersion, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { type ChangeFunctions, ChangeWorkflow } from '../workflows/change.ts';
import { loggedStateMachine } from './logged-state-machine.ts';

/**
 * A change may wait for people and for its window for months. Step Functions ends an execution after a year without a word, so ours end a
 * day before, as timed out, which starts the recovery. What guards a change that hangs under its lock is the timeout of each task, and
 * the lease of the lock with its alarm.
 */
const LONGEST_CHANGE = Duration.days(364);

/** ARN of the workflow of changes by its name, for functions that it calls itself: a reference would go round in a circle. */
export const changeMachineArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: DEPLOYED.stateMachine,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** The workflow of a change, with a version for each definition and an alias for the newest. */
export class ChangeMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** Starts the newest version. */
  readonly alias: CfnStateMachineAlias;

  constructor(scope: Construct, id: string, functions: ChangeFunctions) {
    super(scope, id);
    this.stateMachine = loggedStateMachine(this, 'ChangeWorkflow', {
      name: DEPLOYED.stateMachine,
      comment: 'One change of the synchronization mode of one database',
      workflow: new ChangeWorkflow(this, 'Change', functions),
      functions: Object.values(functions),
      timeout: LONGEST_CHANGE,
    });
    this.alias = this.#publish();
  }

  #publish(): CfnStateMachineAlias {
    const { stateMachineArn, stateMachineRevisionId } = this.stateMachine;
    const version = new CfnStateMachineVersion(this, 'Version', { stateMachineArn, stateMachineRevisionId });
    // An execution says which version it ran, so those that were stay.
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return new CfnStateMachineAlias(this, 'Live', {
      name: DEPLOYED.alias,
      deploymentPreference: { type: 'ALL_AT_ONCE', stateMachineVersionArn: version.ref },
    });
  }
}
