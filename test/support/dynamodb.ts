import { once } from 'node:events';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';

/** A DynamoDB of our own, reached over a socket. */
export interface DynamoDbServer {
  /** A client of the SDK with its own retries. */
  client(): DynamoDBClient;
  /** Makes a table as the stack makes it. @returns its name. */
  newTable(): Promise<string>;
  close(): Promise<void>;
}

export async function startDynamoDb(): Promise<DynamoDbServer> {
  const server = dynalite({ createTableMs: 0 });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const clients: DynamoDBClient[] = [];
  const client = () => {
    const made = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
    clients.push(made);
    return made;
  };
  const admin = client();
  let tables = 0;
  return {
    client,
    async newTable() {
      tables += 1;
      const name = `changes-${tables}`;
      await createChangeTable(admin, name);
      return name;
    },
    async close() {
      for (const made of clients) made.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function createChangeTable(client: DynamoDBClient, name: string): Promise<void> {
  const { partitionKey, sortKey, byStart } = CHANGE_TABLE;
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey, byStart.partitionKey, byStart.sortKey].map((attribute) => ({
        AttributeName: attribute,
        AttributeType: 'S' as const,
      })),
      KeySchema: keys(partitionKey, sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: byStart.name,
          KeySchema: keys(byStart.partitionKey, byStart.sortKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...byStart.projected] },
        },
      ],
    }),
  );
  let status: string | undefined;
  while (status !== 'ACTIVE') status = (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus;
}

const isWrite = (commandName: unknown): boolean => /^(?:Put|Update|Delete)Item/.test(String(commandName));

/** Lets every write through, and loses its first answer on the way back: the SDK sends it again. @returns the client. */
export function losingAnswers(client: DynamoDBClient): DynamoDBClient {
  const lost = new WeakSet<object>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (!isWrite(context.commandName) || lost.has(context)) return answer;
      lost.add(context);
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
    },
    // After the retries in the order of the handlers, so that each attempt comes by.
    { step: 'finalizeRequest', priority: 'low', name: 'losingAnswers' },
  );
  return client;
}

/** Calls back before each write is sent for the first time; what it throws is what the write's sender sees. @returns the client. */
export function beforeEachWrite(client: DynamoDBClient, callBack: (commandName: string) => void | Promise<void>): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (isWrite(context.commandName)) await callBack(String(context.commandName));
      return next(args);
    },
    { step: 'initialize', name: 'beforeEachWrite' },
  );
  return client;
}
