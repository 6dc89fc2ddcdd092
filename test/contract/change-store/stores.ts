import { DynamoDbChangeStore } from '../../../lambdas/adapters/dynamodb/change-store.ts';
import { SqliteChangeStore } from '../../../lambdas/adapters/sqlite/change-store.ts';
import type { ChangeReport, Holder } from '../../../lambdas/contracts/record.ts';
import type { ChangeStore, LockRequest, TakeOver } from '../../../lambdas/ports/change-store.ts';
import { facts } from '../../support/facts.ts';
import { describeEach, type Bench as StoreBench } from '../each-store.ts';

export { named } from '../each-store.ts';
export type Bench = StoreBench<ChangeStore>;

/** Describes what holds for every adapter. Each test starts with an empty store, at `NOW`. */
export const describeEachStore = describeEach<ChangeStore>({
  port: 'ChangeStore',
  sqlite: (path, clock) => new SqliteChangeStore(path, clock),
  dynamoDb: (props) => new DynamoDbChangeStore(props),
});

export const { database } = facts();
export const LEASE_SECONDS = 600;
export const HOLDER: Holder = { description: 'process 7 on here', host: 'here', pid: 7 };
export const SUCCESSOR: Holder = { description: 'process 8 on here', host: 'here', pid: 8, born: '4711' };

export const lockRequest = (changeId: string, settings: Partial<LockRequest> = {}): LockRequest => ({
  database,
  changeId,
  holder: { description: `execution ${changeId}`, host: 'here', pid: 7 },
  snapshot: facts(),
  leaseSeconds: LEASE_SECONDS,
  ...settings,
});

export const takeOver = (settings: Partial<TakeOver> = {}): TakeOver => ({
  from: 0,
  holder: SUCCESSOR,
  leaseSeconds: LEASE_SECONDS,
  why: 'its process is gone',
  ...settings,
});

export const report = (changeId: string, settings: Partial<ChangeReport> = {}): ChangeReport => ({
  changeId,
  outcome: 'applied',
  target: { cluster: 'lab', database: 'orders', id: 'db:7' },
  steps: [],
  ...settings,
});
