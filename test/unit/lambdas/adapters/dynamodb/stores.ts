import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import type { ChangeReport } from '../../../../../lambdas/contracts/record.ts';
import type { LockRequest } from '../../../../../lambdas/ports/change-store.ts';
import { beforeEachWrite, type DynamoDbServer } from '../../../../support/dynamodb.ts';
import { facts, NOW } from '../../../../support/facts.ts';

export const clock = { now: () => new Date(NOW) };

export const lockRequest = (changeId: string): LockRequest => ({
  database: facts().database,
  changeId,
  holder: { description: `execution ${changeId}`, host: 'here' },
  snapshot: facts(),
  leaseSeconds: 600,
});

export const report = (changeId: string, settings: Partial<ChangeReport> = {}): ChangeReport => ({
  changeId,
  outcome: 'applied',
  target: { cluster: 'lab', database: 'orders', id: 'db:7' },
  steps: [],
  ...settings,
});

export const storeOn = (client: DynamoDBClient, table: string, keepDays?: number): DynamoDbChangeStore =>
  new DynamoDbChangeStore({ client, table, clock, ...(keepDays !== undefined && { keepDays }) });

/** A store whose process dies once it has sent this many writes. */
export function dyingAfter(writes: number, server: DynamoDbServer, table: string): DynamoDbChangeStore {
  let left = writes;
  const client = beforeEachWrite(server.client(), () => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  });
  return storeOn(client, table);
}

/** A store in whose work something comes in between, right before it sends a write. */
export function interruptedBefore(
  write: number,
  comesBetween: () => Promise<unknown>,
  server: DynamoDbServer,
  table: string,
): DynamoDbChangeStore {
  let sent = 0;
  const client = beforeEachWrite(server.client(), async () => {
    sent += 1;
    if (sent === write) await comesBetween();
  });
  return storeOn(client, table);
}
