import { describe, expect, it } from 'vitest';
import { ACCOUNT, actionsOf, CHAT_SECRET, chatStack, NODES_ROLE, REGION, resourcesOf, rightsOf, type Statement } from './deployment.ts';

const stack = chatStack();
const states = (resource: string) => `arn:<AWS::Partition>:states:${REGION}:${ACCOUNT}:${resource}`;
const named = (start: string, attribute = '(?:\\.Arn)?', end = '') =>
  expect.stringMatching(new RegExp(`^<${start}[0-9A-F]{8}${attribute}>${end}$`));

/** Rights beside logging and tracing, which every function has. */
const ownRightsOf = (step: string): Statement[] =>
  rightsOf(stack, step).filter((statement) => !actionsOf(statement).every((action) => /^(?:logs|xray):/.test(action)));
const allow = (Action: string | string[], Resource: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});

const TABLE = named('ChangesTable');
const viaDynamoDb = { StringEquals: { 'kms:ViaService': `dynamodb.${REGION}.<AWS::URLSuffix>` } };
const partitions = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } });
const READING_KEY = allow(['kms:Decrypt', 'kms:DescribeKey'], named('ChangesKey'), viaDynamoDb);
const WRITING_KEY = allow(
  [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  named('ChangesKey'),
  viaDynamoDb,
);
const REMEMBERING = allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], TABLE, partitions('chat#*'));
const READING_ROLLOUTS = allow(['dynamodb:GetItem', 'dynamodb:Query'], TABLE, partitions('rollout#*', 'rollout-claims#*'));
const READING_CHANGES = allow(['dynamodb:GetItem', 'dynamodb:Query'], TABLE, partitions('change#*', 'locks'));
const READING_STREAM = [
  allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], named('ChangesTable', '\\.StreamArn')),
  allow('dynamodb:ListStreams', named('ChangesTable', '\\.Arn', '/stream/\\*')),
];
const THE_SECRET = [
  allow('secretsmanager:GetSecretValue', CHAT_SECRET),
  allow('kms:Decrypt', `arn:<AWS::Partition>:kms:${REGION}:${ACCOUNT}:key/*`, {
    StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.<AWS::URLSuffix>` },
    StringLike: { 'kms:EncryptionContext:SecretARN': [CHAT_SECRET] },
  }),
];
const sendingTo = (queue: string) => allow('sqs:SendMessage', named(queue));

describe('the function that receives what Slack sends', () => {
  it('may hand it over and read the one secret, and knows nothing of changes', () => {
    expect(ownRightsOf('chat-receiver')).toEqual([
      allow('lambda:InvokeFunction', named('ChatOpsSlackWorkchatworkerFunction')),
      ...THE_SECRET,
    ]);
  });
});

describe('the function that does what people ask for', () => {
  const rights = ownRightsOf('chat-worker');

  it('may do with changes and rollouts what the address for decisions may, list them, and remember what it told', () => {
    expect(rights.filter((statement) => actionsOf(statement).some((action) => action.startsWith('dynamodb:')))).toEqual([
      allow(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        TABLE,
        partitions('change#*', 'locks', 'token#*'),
      ),
      allow(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        TABLE,
        partitions('rollout#*', 'rollout-claims#*', 'token#*'),
      ),
      REMEMBERING,
      allow('dynamodb:Query', named('ChangesTable', '\\.Arn', '/index/changes-by-start')),
    ]);
  });

  it('may begin changes in the newest version, look at them, wake them and stop them, begin and wake rollouts, and do so with nothing else', () => {
    expect(rights.filter((statement) => actionsOf(statement).some((action) => action.startsWith('states:')))).toEqual([
      allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], states('stateMachine:syncshift-change')),
      allow('states:StopExecution', states('execution:syncshift-change:*')),
      allow('states:StartExecution', states('stateMachine:syncshift-change'), {
        'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': ['live'] },
      }),
      allow('states:DescribeExecution', states('execution:syncshift-change:*')),
      allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], states('stateMachine:syncshift-rollout')),
      allow('states:StartExecution', states('stateMachine:syncshift-rollout')),
      allow('states:DescribeExecution', states('execution:syncshift-rollout:*')),
    ]);
  });

  it('may ask the one function that reads clusters, and reach none itself', () => {
    const others = rights.filter((statement) => !actionsOf(statement).some((action) => /^(?:dynamodb|states):/.test(action)));
    expect(others).toEqual([
      WRITING_KEY,
      allow('lambda:InvokeFunction', named('ChatOpsSlackchatinspectorFunction')),
      ...THE_SECRET,
      sendingTo('ChatOpsSlackWorkUndelivered'),
    ]);
  });
});

describe('the function that reads clusters for people', () => {
  const rightsBy = (step: string) => rightsOf(stack, step).map((statement) => JSON.stringify(statement));

  it('may do on clusters what a step that reads them may, and nothing on the table', () => {
    const ofSteps = new Set(rightsBy('verify-info'));
    const own = ownRightsOf('chat-inspector');
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((statement) => !ofSteps.has(JSON.stringify(statement)))).toEqual([]);
    expect(own.flatMap(actionsOf).filter((action) => action.startsWith('dynamodb:'))).toEqual([]);
    expect(own.flatMap(resourcesOf)).toContain(NODES_ROLE);
    expect(JSON.stringify(own)).not.toContain('<Changes');
  });

  it('may not read the secret of Slack', () => {
    expect(JSON.stringify(ownRightsOf('chat-inspector'))).not.toContain('syncshift/slack');
  });
});

describe('the function that tells changes and rollouts in chat', () => {
  it('may read both and the stream, remember what it told, read the one secret, and keep what it could not tell', () => {
    expect(ownRightsOf('chat-follower')).toEqual([
      READING_CHANGES,
      READING_ROLLOUTS,
      REMEMBERING,
      ...READING_STREAM,
      WRITING_KEY,
      sendingTo('ChatOpsSlackThreadsUndelivered'),
      ...THE_SECRET,
    ]);
  });
});

describe('the function that notifies', () => {
  it('may read changes and the stream, publish to the one topic, and keep what it could not tell', () => {
    expect(ownRightsOf('notifier')).toEqual([
      READING_CHANGES,
      READING_ROLLOUTS,
      ...READING_STREAM,
      READING_KEY,
      sendingTo('ChatOpsNotificationsNotifierUndelivered'),
      allow('sns:Publish', named('ChatOpsNotificationsTopic')),
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], named('ChatOpsNotificationsKey'), {
        StringEquals: { 'kms:ViaService': `sns.${REGION}.<AWS::URLSuffix>` },
      }),
    ]);
  });
});

describe('chat', () => {
  it('gives no rights to functions that are there without it', () => {
    const without = chatStack({});
    for (const step of ['inspect-status', 'request-approval', 'verify-info', 'complete-change', 'decisions', 'watch-locks'])
      expect(rightsOf(stack, step), step).toEqual(rightsOf(without, step));
  });
});
