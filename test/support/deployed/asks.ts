/** What a request to a service asks IAM for. */

import type { Ask } from './rights.ts';
import type { StepFunctionsService } from './step-functions.ts';
import { ACCOUNT, executionOf, REGION } from './template.ts';

type Item = Readonly<Record<string, { readonly S?: string }>>;

interface TableRequest {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
  readonly RequestItems?: Readonly<Record<string, readonly { readonly PutRequest?: { readonly Item: Item } }[]>>;
}

/** Every query of ours names its partition first. */
function partitionsOf({ Key, Item: put, ExpressionAttributeValues = {}, RequestItems = {} }: TableRequest, partitionKey: string): string[] {
  const written = Object.values(RequestItems)
    .flat()
    .map(({ PutRequest }) => PutRequest?.Item);
  const items = [Key ?? put, ...written].flatMap((item) => item?.[partitionKey]?.S ?? []);
  return items.length > 0 ? [...new Set(items)] : [Object.values(ExpressionAttributeValues)[0]?.S ?? 'none'];
}

/** What DynamoDB is asked for. @param partitionKey - name of the partition key of the table. */
export function tableAsk(operation: string, body: string, partitionKey: string): Ask {
  const request = JSON.parse(body) as TableRequest;
  const table = request.TableName ?? Object.keys(request.RequestItems ?? {})[0] ?? 'none';
  const index = request.IndexName === undefined ? '' : `/index/${request.IndexName}`;
  return {
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}${index}`,
    context: { 'dynamodb:LeadingKeys': partitionsOf(request, partitionKey) },
  };
}

/** Rights on a state machine hold for all its versions and aliases. */
const unqualified = (stateMachineArn: string): string => stateMachineArn.split(':').slice(0, 7).join(':');
const machineOf = (executionArn: string): string => unqualified(executionArn.replace(':execution:', ':stateMachine:'));

/** What whoever starts an execution needs. */
export function startingAsk(stateMachineArn: string): Ask {
  const qualifier = stateMachineArn.split(':').slice(7);
  const resource = unqualified(stateMachineArn);
  return { action: 'states:StartExecution', resource, context: { 'states:StateMachineQualifier': qualifier } };
}

/** What Step Functions is asked for: of a token, by the state machine that gave it out. */
export function workflowAsk(operation: string, body: string, service: StepFunctionsService): Ask {
  const { stateMachineArn, executionArn, taskToken } = JSON.parse(body) as Partial<Record<string, string>>;
  if (operation === 'StartExecution') return startingAsk(stateMachineArn ?? 'none');
  const ofToken = taskToken === undefined ? 'none' : machineOf(service.executionOfToken(taskToken) ?? 'none');
  return { action: `states:${operation}`, resource: executionArn ?? ofToken };
}

/** What a Task needs that starts an execution and waits for it: Step Functions is told of its end by a rule of its own. */
export const runningAsks = (stateMachineArn: string, name: string): Ask[] => [
  startingAsk(stateMachineArn),
  ...['DescribeExecution', 'StopExecution'].map((operation) => ({
    action: `states:${operation}`,
    resource: executionOf({ arn: unqualified(stateMachineArn) }, name),
  })),
  ...['PutTargets', 'PutRule', 'DescribeRule'].map((operation) => ({
    action: `events:${operation}`,
    resource: `arn:aws:events:${REGION}:${ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
  })),
];

/** What a workflow needs whose Maps have an execution for each item. */
export function mapAsks(executionArn: string): Ask[] {
  const machine = machineOf(executionArn);
  return [
    startingAsk(machine),
    ...['DescribeExecution', 'StopExecution'].map((operation) => ({
      action: `states:${operation}`,
      resource: executionOf({ arn: machine }, 'of-an-item'),
    })),
  ];
}
