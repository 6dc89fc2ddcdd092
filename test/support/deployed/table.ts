/** The table of a template, made in another DynamoDB. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { ofType } from './synthesis.ts';
import { type Resources, resolved } from './template.ts';

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

/** Key attributes of the one table, and the ARN of its stream. @throws Error for a stream that carries less than both images. */
export function keysOf(resources: Resources): { readonly keys: string[]; readonly streamArn: string } {
  const [[id, table] = []] = ofType(resources, 'AWS::DynamoDB::Table');
  const { KeySchema = [], StreamSpecification } = (table?.Properties ?? {}) as {
    KeySchema?: { AttributeName: string }[];
    StreamSpecification?: { StreamViewType: string };
  };
  if (StreamSpecification?.StreamViewType !== 'NEW_AND_OLD_IMAGES')
    throw new Error('the stream of the table carries less than both images');
  return {
    keys: KeySchema.map(({ AttributeName }) => AttributeName),
    streamArn: String(resolved(resources, { 'Fn::GetAtt': [id, 'StreamArn'] })),
  };
}

/** Every item, as text. */
export async function contentsOf(client: DynamoDBClient, TableName: string): Promise<string> {
  const items: unknown[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) items.push(...Items);
  return JSON.stringify(items);
}
