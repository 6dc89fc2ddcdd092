import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { DynamoDbThreads } from '../../lambdas/adapters/dynamodb/threads.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { Threads } from '../../lambdas/ports/threads.ts';
import type { DynamoDbServer } from '../support/dynamodb.ts';
import { facts, NOW, request } from '../support/facts.ts';

interface Input {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
}
type Item = Record<string, { S?: string }>;
/** Every query here names its partition first. */
const partitionOf = ({ Key, Item, ExpressionAttributeValues = {} }: Input) =>
  (Key ?? Item)?.[CHANGE_TABLE.partitionKey]?.S ?? Object.values(ExpressionAttributeValues)[0]?.S ?? 'none';

/** A call of DynamoDB. */
export interface Call {
  /** As a right names it. */
  readonly action: string;
  readonly partition: string;
  /** Of the table, if it is asked. */
  readonly index?: string;
}

export const { changeId } = request();
export const holder = { description: 'a test', host: 'here' };
export const lock = (store: ChangeStore) =>
  store.acquireLock({ database: facts().database, changeId, holder, snapshot: facts(), leaseSeconds: 60 });

/** Stores over one table, with an opened change that holds its lock, and the calls that were made since. */
export async function storeInUse(server: DynamoDbServer): Promise<{ store: ChangeStore; threads: Threads; calls: Call[] }> {
  const calls: Call[] = [];
  const client: DynamoDBClient = server.client();
  client.middlewareStack.add(
    (next, context) => (args) => {
      const input = args.input as Input;
      const action = `dynamodb:${String(context.commandName).replace(/Command$/, '')}`;
      calls.push({ action, partition: partitionOf(input), ...(input.IndexName !== undefined && { index: input.IndexName }) });
      return next(args);
    },
    { step: 'initialize' },
  );
  const props = { client, table: await server.newTable(), clock: { now: () => new Date(NOW) } };
  const store = new DynamoDbChangeStore(props);
  await store.open(request(), holder);
  await lock(store);
  calls.length = 0;
  return { store, threads: new DynamoDbThreads(props), calls };
}
