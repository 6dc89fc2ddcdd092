import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import type { StepLambda } from './step-lambda.ts';

/** One operation on the table; each is on single items or one partition. */
export type TableOperation = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

/** Partitions as the store names them: a change with its events, and the locks. */
const PARTITIONS = ['change#*', 'locks'];
/** What wakes a sleeping change, each in a partition of its own. */
const TOKENS = 'token#*';

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

/** Changes, their events and the locks. It survives the stack: a lock that is lost lets two changes at one database. */
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

  /**
   * Lets a function do these operations, none on the index, which only lists for people.
   * @param options.tokens - whether on what wakes sleeping changes, too. @default false
   */
  grant({ role }: StepLambda, operations: readonly TableOperation[], { tokens = false } = {}): void {
    const writes = operations.some((operation) => !['GetItem', 'Query'].includes(operation));
    const { region, urlSuffix } = Stack.of(this);
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: operations.map((operation) => `dynamodb:${operation}`),
        resources: [this.table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...PARTITIONS, ...(tokens ? [TOKENS] : [])] } },
      }),
    );
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: writes ? WRITING_KEY : READING_KEY,
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } },
      }),
    );
  }
}
