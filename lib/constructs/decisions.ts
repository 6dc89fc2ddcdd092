import { Duration } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { BUNDLED_CONFIGURATION, DEPLOYED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { BundledFile } from './bundling/function-code.ts';
import { changeMachineArn } from './change-machine.ts';
import type { ChangeTable } from './change-table.ts';
import { grantStopping, grantWaking } from './gate-rights.ts';
import { rolloutMachineArn } from './rollout-arn.ts';
import { grantStartingRollouts } from './rollout-rights.ts';
import { StepLambda } from './step-lambda.ts';

export interface DecisionsProps {
  readonly changes: ChangeTable;
  /** The configuration, which says who may approve. */
  readonly files: readonly BundledFile[];
}

/**
 * Where people approve, reject and cancel, and where they pause, resume, abort and undo rollouts. The address lets in nobody whom IAM does not know; what a caller may decide is up to the
 * configuration.
 */
export class Decisions extends Construct {
  readonly lambda: StepLambda;
  readonly url: string;
  /** Lets whoever has it call the address, and do nothing else. */
  readonly approvers: ManagedPolicy;

  constructor(scope: Construct, id: string, { changes, files }: DecisionsProps) {
    super(scope, id);
    this.lambda = new StepLambda(this, 'decisions', {
      functionName: DEPLOYED.decisions,
      entry: 'lambdas/gates/decisions.ts',
      description: 'Takes the decisions of people on changes and rollouts',
      timeout: Duration.seconds(30),
      files,
      environment: {
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        [ENVIRONMENT.stateMachine]: changeMachineArn(this),
        [ENVIRONMENT.rolloutMachine]: rolloutMachineArn(this),
      },
    });
    // Lists the locks that stand: a change under its lock is not stopped from outside.
    changes.grant(this.lambda, ['GetItem', 'Query', 'PutItem', 'UpdateItem'], {
      tokens: true,
      rollouts: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
    });
    grantWaking(this.lambda);
    grantStopping(this.lambda);
    // A rollout that was paused, or has ended, goes on in another execution.
    grantWaking(this.lambda, rolloutMachineArn(this));
    grantStartingRollouts(this.lambda);
    this.url = new FunctionUrl(this, 'Url', {
      function: this.lambda.function,
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.BUFFERED,
    }).url;
    this.approvers = this.#addApprovers();
  }

  #addApprovers(): ManagedPolicy {
    const { functionArn } = this.lambda.function;
    const allow = (action: string, conditions = {}) => new PolicyStatement({ actions: [action], resources: [functionArn], conditions });
    return new ManagedPolicy(this, 'Approvers', {
      description: 'Lets people send decisions on changes and rollouts of syncshift; its configuration says whose decisions count',
      statements: [
        allow('lambda:InvokeFunctionUrl', { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } }),
        // Addresses made since October 2025 ask for this right too. Without the condition it would be one to call the function itself,
        // with an event in which a caller could be anybody.
        allow('lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
        // The command line looks for the address by the name of the function.
        allow('lambda:GetFunctionUrlConfig'),
      ],
    });
  }
}
