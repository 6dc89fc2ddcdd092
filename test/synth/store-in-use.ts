import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { DynamoDbRolloutStore } from '../../lambdas/adapters/dynamodb/rollout-store.ts';
import { DynamoDbThreads } from '../../lambdas/adapters/dynamodb/threads.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import type { Asked, ClusterSurvey, RolloutTarget, TargetPlan } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { RolloutStore } from '../../lambdas/ports/rollout-store.ts';
import type { Threads } from '../../lambdas/ports/threads.ts';
import type { DynamoDbServer } from '../support/dynamodb.ts';
import { facts, NOW, request } from '../support/facts.ts';

interface Input {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
  readonly RequestItems?: Record<string, readonly { readonly PutRequest: { readonly Item: Item } }[]>;
}
type Item = Record<string, { S?: string }>;
/** Every query here names its partition first. */
const partitionsOf = ({ Key, Item, ExpressionAttributeValues = {}, RequestItems }: Input): string[] => {
  const batch = Object.values(RequestItems ?? {}).flat();
  if (batch.length > 0) return [...new Set(batch.map(({ PutRequest }) => PutRequest.Item[CHANGE_TABLE.partitionKey]?.S ?? 'none'))];
  return [(Key ?? Item)?.[CHANGE_TABLE.partitionKey]?.S ?? Object.values(ExpressionAttributeValues)[0]?.S ?? 'none'];
};

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

export const rolloutId = 'rol-test';
export const rolloutFile = RolloutFile.parse({ name: 'test', select: { clusters: ['*'] } });
export const rolloutTarget: RolloutTarget = {
  ...{ position: 1, wave: 1, lane: 1, cluster: 'eu', id: 'db:1', name: 'orders' },
  planHash: 'a-hash',
  state: 'waiting',
};
export const targetPlan = { cluster: 'eu', id: 'db:1', name: 'orders' } as unknown as TargetPlan;
export const clusterSurvey: ClusterSurvey = { cluster: 'eu', selected: 1, found: 1 };
export const asked: Asked = { control: 'pause', by: 'alice', via: 'iam', at: NOW };

/** A client that notes every call that is made with it. */
function recordedCalls(server: DynamoDbServer): { client: DynamoDBClient; calls: Call[] } {
  const calls: Call[] = [];
  const client: DynamoDBClient = server.client();
  client.middlewareStack.add(
    (next, context) => (args) => {
      const input = args.input as Input;
      const action = `dynamodb:${String(context.commandName).replace(/Command$/, '')}`;
      for (const partition of partitionsOf(input))
        calls.push({ action, partition, ...(input.IndexName !== undefined && { index: input.IndexName }) });
      return next(args);
    },
    { step: 'initialize' },
  );
  return { client, calls };
}

export interface StoresInUse {
  readonly store: ChangeStore;
  readonly threads: Threads;
  readonly rollouts: RolloutStore;
  /** That were made since. */
  readonly calls: Call[];
}

/** Stores over one table, with an opened change that holds its lock, and an opened rollout of one target that somebody asked to pause. */
export async function storeInUse(server: DynamoDbServer): Promise<StoresInUse> {
  const { client, calls } = recordedCalls(server);
  const props = { client, table: await server.newTable(), clock: { now: () => new Date(NOW), sleep: async () => {} } };
  const store = new DynamoDbChangeStore(props);
  await store.open(request(), holder);
  await lock(store);
  const rollouts = new DynamoDbRolloutStore(props);
  await rollouts.open({ rolloutId, file: rolloutFile, planOnly: false }, holder);
  await rollouts.placeTargets(rolloutId, [rolloutTarget]);
  await rollouts.saveSurvey(rolloutId, clusterSurvey, [targetPlan]);
  await rollouts.ask(rolloutId, asked);
  calls.length = 0;
  return { store, threads: new DynamoDbThreads(props), rollouts, calls };
}
