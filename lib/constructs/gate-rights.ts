import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import { changeMachineArn } from './change-machine.ts';
import type { StepLambda } from './step-lambda.ts';

/**
 * Lets a function wake executions that sleep at their approval gate. Whoever wakes one needs its token as well.
 * @param stateMachineArn - of the executions. @default that of changes
 */
export function grantWaking({ role }: StepLambda, stateMachineArn: string = changeMachineArn(role)): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      // The service authorization reference names no resource for these actions. Step Functions asks for them on the state machine that
      // the token belongs to, as its refusals say; it knows nothing narrower, such as an execution.
      resources: [stateMachineArn],
    }),
  );
}

/** ARN of all executions of a state machine that is called so. */
export const executionsOf = (scope: IConstruct, stateMachineName: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
const executionsOfChanges = (role: IRole): string => executionsOf(role, DEPLOYED.stateMachine);
const acceptExecutions = (role: IRole): void =>
  acceptWildcard(role, executionsOfChanges(role), 'Executions of changes are called by their ids, and any of them may be asked for');

/** Lets a function stop executions of changes, and no others. */
export function grantStopping({ role }: StepLambda): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:StopExecution'], resources: [executionsOfChanges(role)] }));
  acceptExecutions(role);
}

/** Whoever has it begins changes in the newest version of the workflow. @param stateMachineArn - of changes. */
export const startingChanges = (stateMachineArn: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['states:StartExecution'],
    // Step Functions looks for the right on the state machine, whichever version or alias is started, and names that one in a key.
    resources: [stateMachineArn],
    conditions: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': [DEPLOYED.alias] } },
  });

/** Lets a function begin changes, and look at an execution that has the name already. */
export function grantStarting({ role }: StepLambda): void {
  role.addToPrincipalPolicy(startingChanges(changeMachineArn(role)));
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOfChanges(role)] }));
  acceptExecutions(role);
}

/** Lets a function ask whether these change calendars are open. */
export function grantReadingCalendars({ role }: StepLambda, arns: readonly string[]): void {
  if (arns.length > 0) role.addToPrincipalPolicy(new PolicyStatement({ actions: ['ssm:GetCalendarState'], resources: [...arns] }));
}

/** Lets a function call another one, and none of its versions. */
export function grantCalling({ role }: StepLambda, called: StepLambda): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [called.function.functionArn] }));
}
