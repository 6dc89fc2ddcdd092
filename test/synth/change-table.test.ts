import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { type DynamoDbServer, startDynamoDb } from '../support/dynamodb.ts';
import { facts, NOW, request } from '../support/facts.ts';
import { actionsOf, mainStack, resourcesOf, rightsOf } from './deployment.ts';

const stack = mainStack({});
const template = Template.fromStack(stack);
const rightsOnTable = (step: string) =>
  rightsOf(stack, step).filter((statement) => actionsOf(statement).some((action) => action.startsWith('dynamodb:')));

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

  /** A store of an opened change that holds its lock, and the operations that were called since. */
  async function storeInUse(): Promise<{ store: ChangeStore; used: Set<string> }> {
    const used = new Set<string>();
    const client: DynamoDBClient = server.client();
    client.middlewareStack.add(
      (next, context) => (args) => {
        used.add(`dynamodb:${String(context.commandName).replace(/Command$/, '')}`);
        return next(args);
      },
      { step: 'initialize' },
    );
    const store = new DynamoDbChangeStore({ client, table: await server.newTable(), clock: { now: () => new Date(NOW) } });
    await store.open(request());
    await lock(store);
    used.clear();
    return { store, used };
  }
  const { changeId } = request();
  const { database } = facts();
  const lock = (store: ChangeStore) =>
    store.acquireLock({ database, changeId, holder: { description: 'a test', host: 'here' }, snapshot: facts(), leaseSeconds: 60 });
  const note = (store: ChangeStore) => store.append(changeId, { type: 'note', text: 'a test' });
  const underTheLock = async (store: ChangeStore) => {
    await note(store);
    await store.refreshLock(changeId, 60);
    await store.claimWrite(changeId, 'Tune syncer', 'tune');
    await store.claimWrite(changeId, 'Tune syncer', 'tune');
    await store.claimedWrites(changeId);
  };

  /** What each step asks of the store. */
  const USES: Record<string, (store: ChangeStore) => Promise<unknown>> = {
    'inspect-status': async (store) => {
      await store.open(request());
      await note(store);
      await store.locks();
    },
    'begin-change': async (store) => {
      await note(store);
      await lock(store);
      await store.refreshLock(changeId, 60, facts());
    },
    'rebind-policy': underTheLock,
    'tune-syncer': underTheLock,
    'verify-info': underTheLock,
    'complete-change': async (store) => {
      await note(store);
      await store.get(changeId);
      await store.complete(changeId, { changeId, outcome: 'applied' } as ChangeReport, false);
    },
    'watch-locks': (store) => store.locks(),
  };

  it.each(Object.keys(USES))('%s may call on the table what it needs, and nothing else', async (step) => {
    const { store, used } = await storeInUse();
    await USES[step]?.(store);
    // Withdraws a lock that was released in the very moment in which it was taken.
    if (step === 'begin-change') used.add('dynamodb:DeleteItem');
    expect(rightsOnTable(step).flatMap(actionsOf).sort()).toEqual([...used].sort());
  });

  it('never reaches the index, which lists changes for people', () => {
    for (const step of Object.keys(USES)) {
      const resources = rightsOnTable(step).flatMap(resourcesOf);
      expect(resources, step).toEqual([expect.stringMatching(/^<ChangesTable\w+\.Arn>$/)]);
    }
  });
});
