import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acceptWildcard } from './accept.ts';
import { acceptTracing } from './step-lambda.ts';

export interface LoggedStateMachineProps {
  readonly name: string;
  readonly comment: string;
  readonly workflow: IChainable;
  /** Functions that the workflow calls. */
  readonly functions: readonly IFunction[];
  /** Of a whole execution. */
  readonly timeout: Duration;
}

/** A standard workflow, traced, and logged without its data in a group beside it. */
export function loggedStateMachine(
  scope: Construct,
  id: string,
  { name, comment, workflow, functions, timeout }: LoggedStateMachineProps,
): StateMachine {
  const machine = new StateMachine(scope, id, {
    stateMachineName: name,
    comment,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(workflow),
    timeout,
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(scope, 'Logs', {
        // Under this prefix, names do not count against the length of the account's policy for log delivery, which is short.
        logGroupName: `/aws/vendedlogs/states/${name}`,
        retention: RetentionDays.ONE_YEAR,
        // Its name is fixed: left behind by a first deployment that failed, it would stand in the way of the second.
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      }),
      level: LogLevel.ALL,
      // Inputs and outputs of the states belong to the change's record, not into a second place; the tokens that wake it, into none.
      includeExecutionData: false,
    },
  });
  const { role } = machine;
  acceptTracing(role);
  acceptWildcard(role, '*', 'Delivery of logs is set up for the account; its API has no resources to limit that to');
  for (const run of functions)
    acceptWildcard(role, `${run.functionArn}:*`, 'Versions of a function that the workflow calls; CDK grants them with the function');
  return machine;
}
