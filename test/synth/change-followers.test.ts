import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EVENT_OF_ROLLOUT, RECORD, TARGET } from '../../lambdas/adapters/dynamodb/rollout-items.ts';
import { byTag, chatStack, EVERY_CHAT, mainStack, propertiesOf, type Statement } from './deployment.ts';

const CLUSTERS = { 'eu-west': byTag('eu-west') };
const stack = chatStack(EVERY_CHAT, CLUSTERS);
const ref = (prefix: string, attribute = '') => expect.stringMatching(new RegExp(`^<${prefix}[0-9A-F]{8}${attribute}>$`));

interface Mapping {
  readonly FunctionName: string;
  readonly FilterCriteria: { readonly Filters: readonly { readonly Pattern: string }[] };
}
const mappings = propertiesOf(stack, 'AWS::Lambda::EventSourceMapping') as unknown as Mapping[];

describe('the stream of the table', () => {
  it('tells of every write how the item was and how it is, whoever listens', () => {
    for (const each of [stack, mainStack(CLUSTERS)])
      Template.fromStack(each).hasResourceProperties('AWS::DynamoDB::Table', {
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      });
  });

  it('has two readers, which is as many as it has room for', () => {
    expect(mappings.map(({ FunctionName }) => FunctionName).sort()).toEqual([
      ref('ChatOpsNotificationsNotifiernotifierFunction'),
      ref('ChatOpsSlackThreadschatfollowerFunction'),
    ]);
  });

  it.each([
    ['the threads', 'ChatOpsSlackThreads'],
    ['the notifications', 'ChatOpsNotificationsNotifier'],
  ])('is told to %s in order and in batches, again and again for hours, and what could not be told is kept', (_case, id) => {
    expect(propertiesOf(stack, 'AWS::Lambda::EventSourceMapping', id)).toEqual([
      {
        FunctionName: expect.anything(),
        FilterCriteria: expect.anything(),
        EventSourceArn: ref('ChangesTable', '\\.StreamArn'),
        StartingPosition: 'LATEST',
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 1,
        ParallelizationFactor: 1,
        BisectBatchOnFunctionError: false,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: 21_600,
        DestinationConfig: { OnFailure: { Destination: ref(`${id}Undelivered`, '\\.Arn') } },
      },
    ]);
  });

  it('is told as far as it is about changes and rollouts: new and altered items of theirs, nothing of locks, tokens and chat, and no plans', () => {
    const ofRollouts = [RECORD, EVENT_OF_ROLLOUT, 'gate#', TARGET].map((prefix) => ({ prefix }));
    const told = [{ pk: { S: [{ prefix: 'change#' }] } }, { pk: { S: [{ prefix: 'rollout#' }] }, sk: { S: ofRollouts } }];
    for (const { FilterCriteria } of mappings)
      expect(FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual(
        told.map((Keys) => ({ eventName: ['INSERT', 'MODIFY'], dynamodb: { Keys } })),
      );
  });
});

describe('queues of chat and notifications', () => {
  it('are encrypted, let nobody in without encryption, and keep what is in them for as long as a queue can', () => {
    const queues = propertiesOf(stack, 'AWS::SQS::Queue', 'ChatOps');
    expect(queues).toHaveLength(3);
    for (const queue of queues) expect(queue).toEqual({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true });
    const policies = propertiesOf(stack, 'AWS::SQS::QueuePolicy', 'ChatOps');
    for (const { PolicyDocument } of policies)
      expect((PolicyDocument as { Statement: Statement[] }).Statement).toMatchObject([
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
    expect(policies).toHaveLength(3);
  });
});

describe('the topic of notifications', () => {
  it('is another one than that of alarms, encrypted with a key of its own, and takes nothing without encryption', () => {
    const [topic] = propertiesOf(stack, 'AWS::SNS::Topic', 'ChatOps');
    expect(topic).toEqual({ DisplayName: 'syncshift', KmsMasterKeyId: ref('ChatOpsNotificationsKey', '\\.Arn') });
    expect(propertiesOf(stack, 'AWS::KMS::Key', 'ChatOps')).toEqual([expect.objectContaining({ EnableKeyRotation: true })]);
    const [policy] = propertiesOf(stack, 'AWS::SNS::TopicPolicy', 'ChatOps') as { PolicyDocument: { Statement: Statement[] } }[];
    expect(policy?.PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });

  it('tells each address once', () => {
    const subscriptions = propertiesOf(stack, 'AWS::SNS::Subscription').map(({ Protocol, Endpoint }) => [Protocol, Endpoint]);
    expect(subscriptions).toEqual([
      ['email', 'team@example.com'],
      ['email', 'night.shift@example.com'],
    ]);
  });
});
