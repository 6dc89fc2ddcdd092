import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import { changeMachineArn } from './change-machine.ts';
import { executionsOf, startingChanges } from './gate-rights.ts';
import { rolloutMachineArn } from './rollout-arn.ts';
import type { StepLambda } from './step-lambda.ts';

/** Lets a function begin runs of rollouts, and look at an execution that has the name already. */
export function grantStartingRollouts({ role }: StepLambda): void {
  const executions = executionsOf(role, DEPLOYED.rollout);
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [rolloutMachineArn(role)] }));
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] }));
  acceptWildcard(role, executions, 'Executions of rollouts are called by their ids, and any of them may be asked for');
}

/** Lets a workflow run changes, and wait for their ends. */
export function grantRunningChanges(role: IRole): void {
  const executions = executionsOf(role, DEPLOYED.stateMachine);
  const rule = Stack.of(role).formatArn({
    service: 'events',
    resource: 'rule',
    // Step Functions makes it, and keeps it, to be told of the ends of executions that others wait for.
    resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const statements = [
    startingChanges(changeMachineArn(role)),
    new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
    new PolicyStatement({ actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], resources: [rule] }),
  ];
  for (const statement of statements) role.addToPrincipalPolicy(statement);
  acceptWildcard(role, executions, 'Executions of changes are called by their ids, and any of them may be part of a rollout');
}

/** Lets a function ask whether alarms are raised. */
export function grantReadingAlarms({ role }: StepLambda): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
  acceptWildcard(role, '*', 'Rollouts name alarms when they are started, and CloudWatch tells of composite ones to nobody with less');
}

/**
 * CDK lets a workflow start, follow, stop and repeat the executions of its Maps, which are its own.
 * @param labels - of its Maps.
 */
export function acceptOwnExecutions(machine: StateMachine, labels: readonly string[]): void {
  const { resourceName } = Arn.split(machine.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME);
  for (const suffix of ['', ...labels.map((label) => `/${label}`)])
    acceptWildcard(
      machine,
      executionsOf(machine, `${resourceName}${suffix}`),
      'Executions of its own, for each item of a Map and each Map of a run',
    );
}
