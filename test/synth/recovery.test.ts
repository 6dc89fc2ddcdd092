import { describe, expect, it } from 'vitest';
import { byTag, mainStack, propertiesOf, type Statement } from './deployment.ts';

const stack = mainStack({ 'eu-west': byTag('eu-west') });
const [rule = {}] = propertiesOf(stack, 'AWS::Events::Rule', 'Recovery');
const ref = (prefix: string) => expect.stringMatching(new RegExp(`^<${prefix}[0-9A-F]{8}(?:\\.Arn)?>$`));
const statementsOf = (type: string, id: string) =>
  propertiesOf(stack, type, id).flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement);

describe('the recovery of changes', () => {
  it('is told on the default bus of every execution of a change that was stopped, ran out of time or failed', () => {
    expect(propertiesOf(stack, 'AWS::Events::Rule', 'Recovery')).toHaveLength(1);
    expect(rule).toMatchObject({ State: 'ENABLED' });
    expect(rule.EventBusName).toBeUndefined();
    expect(rule.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
        stateMachineArn: [ref('WorkflowChangeWorkflow'), { prefix: expect.stringMatching(/^<WorkflowChangeWorkflow[0-9A-F]{8}>:$/) }],
      },
    });
  });

  it('is not told of its own executions, which would recover recoveries', () => {
    expect(JSON.stringify(rule.EventPattern)).not.toContain('RecoveryRecoverChange');
  });

  it('is started with the change, how it ended, and no force', () => {
    // A text is put in with its quotes where it stands alone, without them inside of others.
    expect(rule.Targets).toMatchObject([
      {
        InputTransformer: {
          InputPathsMap: { 'detail-name': '$.detail.name', 'detail-status': '$.detail.status' },
          InputTemplate: '{"changeId":<detail-name>,"why":"its execution ended as <detail-status>","force":false}',
        },
      },
    ]);
  });

  it('is started again and again for hours, and what could not be delivered is kept', () => {
    expect(rule.Targets).toMatchObject([
      {
        Arn: ref('RecoveryRecoverChange'),
        RoleArn: ref('RecoveryStarter'),
        RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 },
        DeadLetterConfig: { Arn: ref('RecoveryUndelivered') },
      },
    ]);
  });

  it('is started by a role that may do nothing else', () => {
    expect(statementsOf('AWS::IAM::Policy', 'RecoveryStarter')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: ref('RecoveryRecoverChange') },
    ]);
    const [role] = propertiesOf(stack, 'AWS::IAM::Role', 'RecoveryStarter');
    expect(role?.AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Principal: { Service: 'events.amazonaws.com' } }] });
  });

  it('lets its rule, and nobody else, put into the queue what could not be delivered', () => {
    const statements = statementsOf('AWS::SQS::QueuePolicy', 'RecoveryUndelivered');
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': ref('RecoveryCutShort') } },
      }),
    ]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });

  it('calls the functions that roll back, and none that goes forward', () => {
    const statements = statementsOf('AWS::IAM::Policy', 'RecoveryRecoverChangeRole');
    const called = statements.filter(({ Action }) => Action === 'lambda:InvokeFunction').flatMap(({ Resource }) => Resource as string[]);
    const names = new Set(called.map((arn) => /^<([a-z]+)Function/.exec(arn)?.[1]));
    expect([...names].sort()).toEqual(['completechange', 'rebindpolicy', 'recoverchange', 'tunesyncer', 'verifyinfo']);
  });
});
