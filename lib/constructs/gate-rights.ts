import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
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

/** Lets a function stop executions of changes, and no others. */
export function grantStopping({ role }: StepLambda): void {
  const executions = Stack.of(role).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${DEPLOYED.stateMachine}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['states:StopExecution'], resources: [executions] }));
  acceptWildcard(role, executions, 'Executions of changes are called by their ids, and any of them may be asked to stop');
}

/** Lets a function ask whether these change calendars are open. */
export function grantReadingCalendars({ role }: StepLambda, arns: readonly string[]): void {
  if (arns.length > 0) role.addToPrincipalPolicy(new PolicyStatement({ actions: ['ssm:GetCalendarState'], resources: [...arns] }));
}
