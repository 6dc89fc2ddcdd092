import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbChangeStore } from '../../../../../lambdas/adapters/dynamodb/change-store.ts';
import type { Gate } from '../../../../../lambdas/contracts/approval.ts';
import { CHANGE_TABLE } from '../../../../../lambdas/contracts/change-table.ts';
import { type DynamoDbServer, startDynamoDb } from '../../../../support/dynamodb.ts';
import { request } from '../../../../support/facts.ts';
import { gate, HOLDER, lockRequest, losingAnswerWhile, report, storeOn } from './stores.ts';

let server: DynamoDbServer;
let table: string;
let store: DynamoDbChangeStore;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());
beforeEach(async () => {
  table = await server.newTable();
  store = storeOn(server.client(), table);
  await store.open(request(), HOLDER);
});

const decisionsOf = (bytes: number) => [{ reason: 'x'.repeat(bytes) }] as unknown as Gate['decisions'];

describe('the gate of a change', () => {
  it('is refused when it would leave no room for the claims and the report of its change', async () => {
    await expect(store.saveGate('chg-1', gate(1, { decisions: decisionsOf(100_000) }))).rejects.toThrow(/chg-1 would take \d+ bytes/);
    expect(await store.gate('chg-1')).toBeUndefined();
  });

  it('is measured as the table measures it, in bytes', async () => {
    const decisions = [{ reason: 'ü'.repeat(60_000) }] as unknown as Gate['decisions'];
    await expect(store.saveGate('chg-1', gate(1, { decisions }))).rejects.toThrow(/chg-1 would take 12\d{4} bytes/);
  });

  it('leaves room for as many claims as there can be, and for a report as large as itself', async () => {
    await store.acquireLock(lockRequest('chg-1'));
    expect(await store.saveGate('chg-1', gate(1, { decisions: decisionsOf(99_000) }))).toBe(true);
    for (let index = 0; index < 200; index += 1) await store.claimWrite('chg-1', 'Rebind policy', `bind 7:${index}`.padEnd(250));
    await store.complete('chg-1', report('chg-1', { error: { name: 'Error', message: 'x'.repeat(99_000) } }), false);
    expect(await store.get('chg-1')).toHaveProperty('report');
  });
});

describe('a decision whose answer gets lost', () => {
  const [second, third] = [gate(2, { decisions: decisionsOf(1) }), gate(3, { decisions: decisionsOf(2) })];
  beforeEach(() => store.saveGate('chg-1', gate(1)));

  it('counts, even when another one has come on top of it', async () => {
    const slow = losingAnswerWhile(() => store.saveGate('chg-1', third), server, table);
    expect([await slow.saveGate('chg-1', second), await store.gate('chg-1')]).toEqual([true, third]);
  });

  it('counts, even when the change has ended on it', async () => {
    const slow = losingAnswerWhile(() => store.complete('chg-1', report('chg-1'), false), server, table);
    expect(await slow.saveGate('chg-1', second)).toBe(true);
  });
});

describe('a token', () => {
  it('shares its partition with nothing else, so that rights can tell it apart', async () => {
    await store.append('chg-1', { type: 'note', text: 'a note' });
    await store.keepToken('chg-1', 'a token');
    const { Items: items = [] } = await server.client().send(new ScanCommand({ TableName: table }));
    const partitions = items.map((item) => item[CHANGE_TABLE.partitionKey]?.S).toSorted();
    expect(partitions).toEqual(['change#chg-1', 'change#chg-1', 'token#chg-1']);
  });
});
