import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import type { Gate } from '../../../../../lambdas/contracts/approval.ts';
import type { ChangeReport, Holder } from '../../../../../lambdas/contracts/record.ts';
import type { LockRequest, TakeOver } from '../../../../../lambdas/ports/change-store.ts';
import { beforeEachWrite, type DynamoDbServer } from '../../../../support/dynamodb.ts';
import { facts, NOW } from '../../../../support/facts.ts';

export const clock = { now: () => new Date(NOW) };

export const HOLDER: Holder = { description: 'an execution', host: 'here' };
export const SUCCESSOR: Holder = { description: 'its recovery', host: 'here' };

export const lockRequest = (changeId: string, settings: Partial<LockRequest> = {}): LockRequest => ({
  database: facts().database,
  changeId,
  holder: { description: `execution ${changeId}`, host: 'here' },
  snapshot: facts(),
  leaseSeconds: 600,
  ...settings,
});

export const takeOver = (settings: Partial<TakeOver> = {}): TakeOver => ({
  from: 0,
  holder: SUCCESSOR,
  leaseSeconds: 1200,
  why: 'the execution was stopped',
  ...settings,
});

export const report = (changeId: string, settings: Partial<ChangeReport> = {}): ChangeReport => ({
  changeId,
  outcome: 'applied',
  target: { cluster: 'lab', database: 'orders', id: 'db:7' },
  steps: [],
  ...settings,
});

export const gate = (revision: number, settings: Partial<Gate> = {}): Gate =>
  ({ revision, request: { plan: { hash: 'a plan' } }, decisions: [], status: 'waiting', ...settings }) as unknown as Gate;

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

/** A store whose first write gets through, while its answer is lost: something else happens before the SDK sends it again. */
export function losingAnswerWhile(happens: () => Promise<unknown>, server: DynamoDbServer, table: string): DynamoDbChangeStore {
  const client = server.client();
  let isLost = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (isLost || context.commandName === 'GetItemCommand') return answer;
      isLost = true;
      await happens();
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'losingAnswerWhile' },
  );
  return storeOn(client, table);
}
