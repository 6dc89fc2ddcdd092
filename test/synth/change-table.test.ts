import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { type DynamoDbServer, startDynamoDb } from '../support/dynamodb.ts';
import { facts, request } from '../support/facts.ts';
import { actionsOf, mainStack, resourcesOf, rightsOf, type Statement } from './deployment.ts';
import { changeId, holder, lock, storeInUse } from './store-in-use.ts';

const stack = mainStack({});
const template = Template.fromStack(stack);
const keysOf = ({ Condition }: Statement): string[] => (Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []) as string[];
/** Those on changes; what a function may do with rollouts is said beside them. */
const rightsOnTable = (step: string) =>
  rightsOf(stack, step).filter(
    (statement) => actionsOf(statement).some((action) => action.startsWith('dynamodb:')) && !keysOf(statement).includes('rollout#*'),
  );

describe('the table', () => {
  it('has the name and the shape that the store relies on', () => {
    const { partitionKey, sortKey, timeToLive, byStart } = CHANGE_TABLE;
    const keys = (partition: string, sort: string) => [
      { AttributeName: partition, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ];
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: DEPLOYED.table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys(partitionKey, sortKey),
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: byStart.name,
          KeySchema: keys(byStart.partitionKey, byStart.sortKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...byStart.projected] },
        },
      ],
    });
  });

  it('is encrypted with a key of its own, can be restored, and survives its stack together with the key', () => {
    const [table] = Object.values(template.findResources('AWS::DynamoDB::Table'));
    const keyId: string = table?.Properties.SSESpecification.KMSMasterKeyId['Fn::GetAtt'][0];
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    });
    expect(template.findResources('AWS::KMS::Key')[keyId]).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { EnableKeyRotation: true },
    });
  });
});

describe('a function', () => {
  let server: DynamoDbServer;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(() => server.close());

  const note = (store: ChangeStore) => store.append(changeId, { type: 'note', text: 'a test' });
  const begin = async (store: ChangeStore) => {
    await note(store);
    await store.isCancelRequested(changeId);
  };
  const gate = { revision: 1, request: { changeId }, decisions: [], status: 'waiting' } as unknown as Gate;
  const report = { changeId, outcome: 'applied' } as ChangeReport;
  const underTheLock = async (store: ChangeStore) => {
    await begin(store);
    await store.refreshLock(changeId, { leaseSeconds: 60 });
    await store.claimWrite(changeId, 'Tune syncer', 'tune');
    await store.claimWrite(changeId, 'Tune syncer', 'tune');
    await store.claimedWrites(changeId);
  };

  /** What each step asks of the store. */
  const USES: Record<string, (store: ChangeStore) => Promise<unknown>> = {
    'inspect-status': async (store) => {
      await store.open(request(), holder);
      await begin(store);
      await store.locks();
    },
    'request-approval': async (store) => {
      await begin(store);
      await store.saveGate(changeId, gate);
      await store.gate(changeId);
      await store.keepToken(changeId, 'a token');
      await store.tokenOf(changeId);
    },
    'change-window': begin,
    'begin-change': async (store) => {
      await begin(store);
      await lock(store);
      await store.gate(changeId);
      await store.refreshLock(changeId, { leaseSeconds: 60, snapshot: facts() });
    },
    'rebind-policy': underTheLock,
    'tune-syncer': underTheLock,
    'verify-info': underTheLock,
    'complete-change': async (store) => {
      await note(store);
      await store.get(changeId);
      await expect(store.complete(changeId, report, false, 1)).rejects.toThrow('its latest run is 0');
      await store.complete(changeId, report, false);
    },
    'recover-change': async (store) => {
      await note(store);
      await store.get(changeId);
      await store.locks();
      await store.takeOver(changeId, { from: 0, holder, leaseSeconds: 60, why: 'a test' });
      await store.claimedWrites(changeId);
      await store.isCancelRequested(changeId);
    },
    decisions: async (store) => {
      await note(store);
      await store.get(changeId);
      await store.gate(changeId);
      await store.saveGate(changeId, gate);
      await store.tokenOf(changeId);
      await store.requestCancel(changeId, { by: 'alice', via: 'iam' });
      await store.locks();
    },
    'watch-locks': (store) => store.locks(),
  };
  const mayWake = ['request-approval', 'decisions'];

  it.each(Object.keys(USES))('%s may call on the table what it needs, and nothing else', async (step) => {
    const { store, calls } = await storeInUse(server);
    await USES[step]?.(store);
    const used = new Set(calls.map(({ action }) => action));
    // Withdraws a lock that was released in the very moment in which it was taken.
    if (step === 'begin-change') used.add('dynamodb:DeleteItem');
    expect(rightsOnTable(step).flatMap(actionsOf).sort()).toEqual([...used].sort());
  });

  it.each(Object.keys(USES))(
    '%s reaches the partitions that it may reach; what wakes a sleeping change is for those that wake',
    async (step) => {
      const { store, calls } = await storeInUse(server);
      await USES[step]?.(store);
      const partitions = new Set(calls.map(({ partition }) => partition));
      const [allowed = []] = rightsOnTable(step).map(keysOf);
      expect(allowed).toEqual(['change#*', 'locks', ...(mayWake.includes(step) ? ['token#*'] : [])]);
      const isAllowed = (partition: string) =>
        allowed.some((one) => one === partition || (one.endsWith('*') && partition.startsWith(one.slice(0, -1))));
      expect([...partitions].filter((partition) => !isAllowed(partition))).toEqual([]);
      expect([...partitions].some((partition) => partition.startsWith('token#'))).toBe(mayWake.includes(step));
    },
  );

  it('never reaches the index, which lists changes for people', () => {
    for (const step of Object.keys(USES)) {
      const resources = rightsOnTable(step).flatMap(resourcesOf);
      expect(resources, step).toEqual([expect.stringMatching(/^<ChangesTable\w+\.Arn>$/)]);
    }
  });
});
