import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import type { RolloutGate } from '../../lambdas/contracts/rollout.ts';
import type { Thread } from '../../lambdas/ports/threads.ts';
import { type DynamoDbServer, startDynamoDb } from '../support/dynamodb.ts';
import { actionsOf, chatStack, resourcesOf, rightsOf, type Statement } from './deployment.ts';
import { asked, type Call, changeId, rolloutId, type StoresInUse, storeInUse } from './store-in-use.ts';

const stack = chatStack();
const rightsOnTable = (step: string) =>
  rightsOf(stack, step).filter((statement) =>
    resourcesOf(statement).some((one) => /^<ChangesTable\w+\.Arn>(?:\/index\/.*)?$/.test(String(one))),
  );

const thread: Thread = { revision: 1, root: { channel: 'C1', ts: '1.1' }, told: {}, shared: [] };
const gate = { revision: 1, request: { changeId }, decisions: [], status: 'waiting' } as unknown as Gate;

const gateOfWave = { revision: 1, request: { rolloutId, wave: 1 }, decisions: [], status: 'waiting' } as unknown as RolloutGate;

type Use = (stores: Omit<StoresInUse, 'calls'>) => Promise<unknown>;
const tellThread: Use = async ({ store, threads, rollouts }) => {
  await store.get(changeId);
  await store.gate(changeId);
  await store.locks();
  await threads.threadOf(changeId);
  await threads.saveThread(changeId, thread);
  await rollouts.get(rolloutId);
  await rollouts.gate(rolloutId, 1);
  await rollouts.targets(rolloutId);
  await rollouts.plans(rolloutId, 'eu');
};
/** What each function asks of the table. */
const USES: Record<string, Use> = {
  'chat-worker': async (stores) => {
    const { store, threads, rollouts } = stores;
    await threads.claimTask('0123456789abcdef0123456789abcdef', 'a delivery');
    await tellThread(stores);
    await store.append(changeId, { type: 'note', text: 'a test' });
    await store.saveGate(changeId, gate);
    await store.tokenOf(changeId);
    await store.requestCancel(changeId, { by: 'alice', via: 'slack' });
    await store.list(100);
    await rollouts.saveGate(rolloutId, 1, gateOfWave);
    await rollouts.append(rolloutId, { type: 'note', text: 'a test' });
    await rollouts.ask(rolloutId, asked);
    await rollouts.tokenOf(rolloutId);
  },
  'chat-follower': tellThread,
  notifier: async ({ store, rollouts }) => {
    await store.get(changeId);
    await rollouts.get(rolloutId);
  },
};

const matches = (partition: string, pattern: string) =>
  partition === pattern || (pattern.endsWith('*') && partition.startsWith(pattern.slice(0, -1)));
const partitionsOf = ({ Condition }: Statement) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] as string[] | undefined;
const allows = (statement: Statement, { action, partition, index }: Call): boolean =>
  actionsOf(statement).includes(action) &&
  resourcesOf(statement).some((one) => String(one).endsWith(index === undefined ? '.Arn>' : `/index/${index}`)) &&
  (partitionsOf(statement)?.some((pattern) => matches(partition, pattern)) ?? true);

describe('a function of chat', () => {
  let server: DynamoDbServer;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(() => server.close());

  it.each(Object.keys(USES))('%s may call on the table what it needs, in the partitions where it needs it', async (step) => {
    const { calls, ...stores } = await storeInUse(server);
    await USES[step]?.(stores);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((call) => !rightsOnTable(step).some((statement) => allows(statement, call)))).toEqual([]);
  });

  it.each(['chat-worker', 'chat-follower'])('%s may do nothing on the table that it has no use for', async (step) => {
    const { calls, ...stores } = await storeInUse(server);
    await USES[step]?.(stores);
    // Of a task only the worker knows; what is remembered of it is in the partitions of threads.
    await stores.threads.claimTask('fedcba9876543210fedcba9876543210', 'a delivery');
    for (const statement of rightsOnTable(step))
      for (const action of actionsOf(statement))
        expect(
          calls.some((call) => call.action === action && allows(statement, call)),
          `${action} ${partitionsOf(statement)}`,
        ).toBe(true);
  });

  it('lists changes by the index only where somebody may ask for the list', () => {
    const listing = Object.keys(USES).filter((step) =>
      rightsOnTable(step)
        .flatMap(resourcesOf)
        .some((one) => String(one).endsWith(`/index/${CHANGE_TABLE.byStart.name}`)),
    );
    expect(listing).toEqual(['chat-worker']);
  });
});
