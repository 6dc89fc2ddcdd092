import { DynamoDbRolloutStore } from '../../../lambdas/adapters/dynamodb/rollout-store.ts';
import { SqliteRolloutStore } from '../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { describeEach, type Bench as StoreBench } from '../each-store.ts';

export { named } from '../each-store.ts';
export type Bench = StoreBench<RolloutStore>;

/** Describes what holds for every adapter. Each test starts with an empty store, at `NOW`. */
export const describeEachStore = describeEach<RolloutStore>({
  port: 'RolloutStore',
  sqlite: (path, clock) => new SqliteRolloutStore(path, clock),
  dynamoDb: (props) => new DynamoDbRolloutStore(props),
});

/** One of each that asks for something at the same time. */
export const atOnce = <T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
