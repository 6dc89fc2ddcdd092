import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  actionsOf,
  byTag,
  EVERY_WAY_IN,
  mainStack,
  NODES_ROLE,
  REGION,
  ROLLOUT_STEPS,
  resourcesOf,
  rightsOf,
} from './deployment.ts';

const REACHING = ['inspect-status', 'begin-change', 'rebind-policy', 'tune-syncer', 'verify-info', 'survey-cluster', 'check-members'];
const NOT_REACHING = [
  ...['request-approval', 'change-window', 'recover-change', 'complete-change', 'decisions', 'watch-locks'],
  ...ROLLOUT_STEPS.filter((step) => !REACHING.includes(step)),
];
const stack = mainStack(EVERY_WAY_IN);

const allowing = (step: string, action: string) => rightsOf(stack, step).filter((statement) => actionsOf(statement).includes(action));
const servicesOf = (step: string) =>
  [
    ...new Set(
      rightsOf(stack, step)
        .flatMap(actionsOf)
        .map((action) => action.split(':')[0]),
    ),
  ].sort();

describe('a step that reaches clusters', () => {
  it.each(REACHING)('%s may send the documents of clusters in its account, and no other document', (step) => {
    const documents = allowing(step, 'ssm:SendCommand')
      .flatMap(resourcesOf)
      .filter((resource) => String(resource).includes(':document/'));
    expect(documents).toEqual([
      `arn:<AWS::Partition>:ssm:${REGION}:${ACCOUNT}:document/syncshift-eu-two`,
      `arn:<AWS::Partition>:ssm:${REGION}:${ACCOUNT}:document/syncshift-eu-west`,
      `arn:<AWS::Partition>:ssm:us-west-2:${ACCOUNT}:document/syncshift-us-west`,
    ]);
  });

  it('may send them to instances with the tag of a cluster, in its region, and to those that are named', () => {
    const nodes = allowing('tune-syncer', 'ssm:SendCommand').filter(
      (statement) => !JSON.stringify(statement.Resource).includes(':document/'),
    );
    const tagged = (region: string, value: string) => ({
      Effect: 'Allow',
      Action: 'ssm:SendCommand',
      Resource: [
        `arn:<AWS::Partition>:ec2:${region}:${ACCOUNT}:instance/*`,
        `arn:<AWS::Partition>:ssm:${region}:${ACCOUNT}:managed-instance/*`,
      ],
      Condition: { StringEquals: { 'ssm:resourceTag/redis-cluster': [value] } },
    });
    expect(nodes).toEqual([
      {
        Effect: 'Allow',
        Action: 'ssm:SendCommand',
        Resource: [
          `arn:<AWS::Partition>:ec2:${REGION}:${ACCOUNT}:instance/i-0123456789abcdef0`,
          `arn:<AWS::Partition>:ssm:${REGION}:${ACCOUNT}:managed-instance/mi-0123456789abcdef0`,
        ],
      },
      tagged(REGION, 'eu-west'),
      tagged('us-west-2', 'us-west'),
    ]);
  });

  it('never has a wildcard for instances without the tag as its condition', () => {
    for (const step of REACHING)
      for (const statement of rightsOf(stack, step))
        if (JSON.stringify(statement.Resource).includes('instance/*'))
          expect(Object.keys(statement.Condition?.StringEquals ?? {}), step).toEqual(['ssm:resourceTag/redis-cluster']);
  });

  it('takes on the roles of the configuration and no others', () => {
    for (const step of REACHING) expect(allowing(step, 'sts:AssumeRole').flatMap(resourcesOf), step).toEqual([NODES_ROLE]);
  });

  it('reads the secrets of the configuration and no others', () => {
    for (const step of REACHING)
      expect(allowing(step, 'secretsmanager:GetSecretValue').flatMap(resourcesOf), step).toEqual([
        `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:redis/us-east-AbCdEf`,
        `arn:<AWS::Partition>:secretsmanager:${REGION}:${ACCOUNT}:secret:redis/eu-west-??????`,
        `arn:<AWS::Partition>:secretsmanager:${REGION}:${ACCOUNT}:secret:redis/eu-west-ca-??????`,
      ]);
  });

  it('decrypts with keys of the account only those secrets, and only by way of their service', () => {
    const [decrypting] = allowing('verify-info', 'kms:Decrypt').filter((statement) =>
      resourcesOf(statement).some((one) => String(one).endsWith('key/*')),
    );
    expect(decrypting?.Condition).toEqual({
      StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.<AWS::URLSuffix>` },
      StringLike: { 'kms:EncryptionContext:SecretARN': allowing('verify-info', 'secretsmanager:GetSecretValue').flatMap(resourcesOf) },
    });
  });

  it('has neither secrets nor roles to deal with when the configuration names none', () => {
    const plain = mainStack({ 'eu-west': byTag('eu-west') });
    const actions = rightsOf(plain, 'tune-syncer').flatMap(actionsOf);
    expect(actions).toContain('ssm:SendCommand');
    expect(actions.filter((action) => /^(?:sts|secretsmanager|ec2):/.test(action))).toEqual([]);
  });
});

describe('every function', () => {
  it.each(NOT_REACHING)('%s reaches no cluster, secret or role', (step) => {
    const own: Record<string, string> = {
      'request-approval': 'states',
      decisions: 'states',
      'complete-change': 'events',
      'request-rollout-approval': 'states',
      'judge-rollout': 'cloudwatch',
      'next-in-lane': 'cloudwatch',
    };
    expect(servicesOf(step)).toEqual(['dynamodb', 'kms', 'logs', 'xray', ...[own[step] ?? []].flat()].sort());
  });

  it('does on resources that cannot be named exactly what is known to have none', () => {
    const everywhere = [...REACHING, ...NOT_REACHING]
      .flatMap((step) => rightsOf(stack, step))
      .filter((statement) => statement.Effect === 'Allow' && resourcesOf(statement).includes('*'));
    expect([...new Set(everywhere.flatMap(actionsOf))].sort()).toEqual([
      'cloudwatch:DescribeAlarms',
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
      'ssm:CancelCommand',
      'ssm:DescribeInstanceInformation',
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('follows commands in the regions of its clusters only', () => {
    const [following] = allowing('inspect-status', 'ssm:GetCommandInvocation');
    expect(following?.Condition).toEqual({ StringEquals: { 'aws:RequestedRegion': [REGION, 'us-west-2'] } });
  });

  it('has a role of its own, without managed policies', () => {
    const template = Template.fromStack(stack);
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const roles = functions.map(({ Properties }) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(functions.length);
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role')))
      expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  it('uses the key of the table by way of DynamoDB only, and encrypts nothing when it only reads', () => {
    const ofTable = (step: string) =>
      allowing(step, 'kms:Decrypt').filter((statement) => String(statement.Resource).startsWith('<Changes'));
    for (const step of [...REACHING, ...NOT_REACHING])
      expect(
        ofTable(step).map(({ Condition }) => Condition),
        step,
      ).toEqual([{ StringEquals: { 'kms:ViaService': `dynamodb.${REGION}.<AWS::URLSuffix>` } }]);
    expect(ofTable('watch-locks').flatMap(actionsOf)).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
  });

  it('has neither a secret nor its name in its environment', () => {
    const environments = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment.Variables,
    );
    for (const environment of environments)
      expect(Object.keys(environment).filter((key) => !/^(?:POWERTOOLS|SYNCSHIFT)_/.test(key))).toEqual([]);
    expect(JSON.stringify(environments)).not.toContain('redis/');
  });
});

describe('complete-change', () => {
  it('is the only one that publishes, as syncshift and on the one bus', () => {
    const publishing = [...REACHING, ...NOT_REACHING].filter((step) => allowing(step, 'events:PutEvents').length > 0);
    expect(publishing).toEqual(['complete-change']);
    expect(allowing('complete-change', 'events:PutEvents')).toEqual([
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: `arn:<AWS::Partition>:events:${REGION}:${ACCOUNT}:event-bus/default`,
        Condition: { StringEquals: { 'events:source': 'syncshift' } },
      },
    ]);
  });
});
