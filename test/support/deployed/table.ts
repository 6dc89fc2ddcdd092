/** The table of a template, made in another DynamoDB. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { ofType } from './synthesis.ts';
import type { Resources } from './template.ts';

/** Properties that say how the table is read and written; the others are how it is kept. */
const SHAPE = ['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode', 'GlobalSecondaryIndexes'];

/** Makes the one table of the template: its name, keys and indexes. @returns its name. */
export async function createTableOf(resources: Resources, client: DynamoDBClient): Promise<string> {
  const [[, table] = []] = ofType(resources, 'AWS::DynamoDB::Table');
  const shape = Object.entries(table?.Properties ?? {}).filter(([name]) => SHAPE.includes(name));
  const input = Object.fromEntries(shape) as unknown as CreateTableCommandInput;
  await client.send(new CreateTableCommand(input));
  const TableName = String(input.TableName);
  let status: string | undefined;
  while (status !== 'ACTIVE') status = (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
  return TableName;
}

/** Every item, as text. */
export async function contentsOf(client: DynamoDBClient, TableName: string): Promise<string> {
  const { Items, LastEvaluatedKey } = await client.send(new ScanCommand({ TableName }));
  if (LastEvaluatedKey) throw new Error('the table is longer than one page');
  return JSON.stringify(Items);
}
