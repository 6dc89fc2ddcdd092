import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import type { StepLambda } from './step-lambda.ts';

/** One operation on the table; each is on single items, or on one partition. */
export type TableOperation = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

/** Partitions as the store names them: a change with its events, and the locks. */
const PARTITIONS = ['change#*', 'locks'];
/** A rollout with its targets and its story, and the databases that rollouts have made their own. */
const ROLLOUTS = ['rollout#*', 'rollout-claims#*'];
/** What wakes a sleeping workflow, each in a partition of its own. */
const TOKENS = 'token#*';
/** What was told in chat, and which tasks from there were taken up. */
const CHAT = 'chat#*';
const CHAT_OPERATIONS: readonly TableOperation[] = ['GetItem', 'PutItem', 'UpdateItem'];
const READING_STREAM = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

export interface MoreTableRights {
  /** Whether to do the same with what wakes sleeping changes and rollouts. @default false */
  readonly tokens?: boolean;
  /** What to do with rollouts. @default nothing */
  readonly rollouts?: readonly TableOperation[];
  /** Whether to remember what was told in chat. @default false */
  readonly chat?: boolean;
  /** Whether to list changes, which takes the index. @default false */
  readonly list?: boolean;
  /** Whether to be told of every write. @default false */
  readonly stream?: boolean;
}

/** What DynamoDB does with the key on behalf of whoever reads or writes. */
const READING_KEY = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITING_KEY = [
  ...READING_KEY,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Changes, their events, the locks and rollouts. It survives the stack: a lock that is lost lets two changes at one database. */
export class ChangeTable extends Construct {
  readonly table: Table;
  readonly #key: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { partitionKey, sortKey, timeToLive, byStart } = CHANGE_TABLE;
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    this.#key = new Key(this, 'Key', {
      description: 'Encrypts the table of syncshift',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table = new Table(this, 'Table', {
      tableName: DEPLOYED.table,
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      timeToLiveAttribute: timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      // A change is told from what a write has brought, which takes the item as it was before.
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.#key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: byStart.name,
      partitionKey: text(byStart.partitionKey),
      sortKey: text(byStart.sortKey),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...byStart.projected],
    });
  }

  /** ARN of the stream that tells of every write. */
  get streamArn(): string {
    const { tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error(`${this.node.path}: the table has no stream`);
    return tableStreamArn;
  }

  /**
   * Lets a function do these operations on changes, their events and the locks; none on rollouts, and none on the index, unless it is to
   * list changes.
   */
  grant({ role }: StepLambda, operations: readonly TableOperation[], more: MoreTableRights = {}): void {
    const { tokens = false, rollouts = [], chat = false, list = false, stream = false } = more;
    const { tableArn } = this.table;
    const allow = (actions: readonly string[], resource: string, conditions = {}): void => {
      role.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [resource], conditions }));
    };
    const inPartitions = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
    const withTokens = (keys: readonly string[]) => inPartitions(...keys, ...(tokens ? [TOKENS] : []));
    if (operations.length > 0) allow(actionsOf(operations), tableArn, withTokens(PARTITIONS));
    if (rollouts.length > 0) allow(actionsOf(rollouts), tableArn, withTokens(ROLLOUTS));
    if (chat) allow(actionsOf(CHAT_OPERATIONS), tableArn, inPartitions(CHAT));
    if (list) allow(['dynamodb:Query'], `${tableArn}/index/${CHANGE_TABLE.byStart.name}`);
    if (stream) {
      const streams = `${tableArn}/stream/*`;
      allow(READING_STREAM, this.streamArn);
      allow(['dynamodb:ListStreams'], streams);
      acceptWildcard(role, streams, 'Streams of the one table are listed, which is asked for on all of them');
    }
    const writes = chat || [...operations, ...rollouts].some((operation) => !['GetItem', 'Query'].includes(operation));
    const { region, urlSuffix } = Stack.of(this);
    allow(writes ? WRITING_KEY : READING_KEY, this.#key.keyArn, { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } });
  }
}

const actionsOf = (operations: readonly TableOperation[]): string[] => operations.map((operation) => `dynamodb:${operation}`);
