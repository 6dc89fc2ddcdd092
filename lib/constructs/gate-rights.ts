import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import { changeMachineArn } from './change-machine.ts';
import type { StepLambda } from './step-lambda.ts';

/** Lets a function wake changes that sleep at their approval gate. Whoever wakes one needs its token as well. */
export function grantWaking({ role }: StepLambda): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      // The service authorization reference names no resource for these actions. Step Functions asks for them on the state machine that
      // the token belongs to, as its refusals say; it knows nothing narrower, such as an execution.
      resources: [changeMachineArn(role)],
    }),
  );
}

const executionsOf = (role: Role): string =>
  Stack.of(role).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${DEPLOYED.stateMachine}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
const acceptExecutions = (role: Role): void =>
  acceptWildcard(role, executionsOf(role), 'Executions of changes are called by their ids, and any of them may be asked for');

/** Lets a function stop executions of changes, and no others. */
export function grantStopping({ role }: StepLambda): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:StopExecution'], resources: [executionsOf(role)] }));
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
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executionsOf(role)] }));
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
