import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DEPLOYED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import {
  ACCOUNT,
  actionsOf,
  byTag,
  calendarArn,
  EVERY_GATE,
  loaded,
  mainStack,
  NOW,
  propertiesOf,
  REGION,
  ROLLOUT_STEPS,
  resourcesOf,
  rightsOf,
} from './deployment.ts';

const clusters = { 'eu-west': byTag('eu-west') };
const stack = mainStack(clusters, { configuration: loaded(clusters, undefined, EVERY_GATE), now: NOW });
const allowing = (step: string, prefix: string) =>
  rightsOf(stack, step).filter((statement) => actionsOf(statement).some((action) => action.startsWith(prefix)));
const STEPS = [
  'inspect-status',
  'request-approval',
  'change-window',
  'begin-change',
  'rebind-policy',
  'tune-syncer',
  'verify-info',
  'complete-change',
  'recover-change',
  'decisions',
  'watch-locks',
  ...ROLLOUT_STEPS,
];
const states = (resource: string) => `arn:<AWS::Partition>:states:${REGION}:${ACCOUNT}:${resource}`;
const DECISIONS = expect.stringMatching(/^<DecisionsdecisionsFunction[0-9A-F]{8}\.Arn>$/);

describe('waking and stopping changes, waking and beginning rollouts', () => {
  const waking = {
    Effect: 'Allow',
    Action: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
    Resource: states('stateMachine:syncshift-change'),
  };
  const wakingRollouts = { ...waking, Resource: states('stateMachine:syncshift-rollout') };
  const beginningRollouts = [
    { Effect: 'Allow', Action: 'states:StartExecution', Resource: states('stateMachine:syncshift-rollout') },
    { Effect: 'Allow', Action: 'states:DescribeExecution', Resource: states('execution:syncshift-rollout:*') },
  ];
  const stopping = { Effect: 'Allow', Action: 'states:StopExecution', Resource: states('execution:syncshift-change:*') };

  it.each(STEPS)('is what %s may do exactly as far as it has to', (step) => {
    const rights: Record<string, unknown[]> = {
      'request-approval': [waking],
      decisions: [waking, stopping, wakingRollouts, ...beginningRollouts],
      'request-rollout-approval': [wakingRollouts],
    };
    expect(allowing(step, 'states:')).toEqual(rights[step] ?? []);
  });

  it.each([
    [ENVIRONMENT.stateMachine, ['Decisionsdecisions', 'requestapproval', 'requestrolloutapproval']],
    [ENVIRONMENT.rolloutMachine, ['Decisionsdecisions']],
  ])('is told the workflow, as %s, by those who may, and by nobody else', (variable, names) => {
    const told = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => variable in Properties.Environment.Variables,
    );
    expect(told.map(([id]) => id.replace(/Function[0-9A-F]{8}$/, '')).sort()).toEqual(names);
    const [decisions] = propertiesOf(stack, 'AWS::Lambda::Function', 'Decisions');
    expect(decisions).toMatchObject({
      Environment: {
        Variables: {
          [ENVIRONMENT.stateMachine]: states('stateMachine:syncshift-change'),
          [ENVIRONMENT.rolloutMachine]: states('stateMachine:syncshift-rollout'),
        },
      },
    });
  });
});

describe('change calendars', () => {
  it.each(STEPS)('are asked by %s only where it looks at gates, and only those that are configured by ARN', (step) => {
    const looking = ['inspect-status', 'change-window', 'begin-change', 'judge-rollout', 'next-in-lane'].includes(step);
    expect(allowing(step, 'ssm:GetCalendarState').flatMap(resourcesOf)).toEqual(
      looking ? [calendarArn('Nights'), calendarArn('YearEnd', 'us-east-1')] : [],
    );
  });

  it('are no right at all where none is configured', () => {
    expect(rightsOf(mainStack(clusters), 'change-window').flatMap(actionsOf)).not.toContain('ssm:GetCalendarState');
  });
});

describe('the address for decisions', () => {
  it('belongs to the function that the command line looks for, and lets in nobody whom IAM does not know', () => {
    const [decisions] = propertiesOf(stack, 'AWS::Lambda::Function', 'Decisions');
    expect(decisions?.FunctionName).toBe(DEPLOYED.decisions);
    expect(propertiesOf(stack, 'AWS::Lambda::Url')).toEqual([
      { AuthType: 'AWS_IAM', InvokeMode: 'BUFFERED', TargetFunctionArn: DECISIONS },
    ]);
    // With a resource policy, callers could be let in who have no policy of their own.
    expect(propertiesOf(stack, 'AWS::Lambda::Permission')).toEqual([]);
  });

  it('may be called, and found, by those who have the policy, which allows nothing else', () => {
    const [{ PolicyDocument, ...policy } = {}] = propertiesOf(stack, 'AWS::IAM::ManagedPolicy');
    expect(PolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunctionUrl',
          Resource: DECISIONS,
          Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
        },
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: DECISIONS,
          Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
        },
        { Effect: 'Allow', Action: 'lambda:GetFunctionUrlConfig', Resource: DECISIONS },
      ],
    });
    // Who has it is up to whoever deploys.
    expect(Object.keys(policy).filter((key) => ['Roles', 'Users', 'Groups'].includes(key))).toEqual([]);
  });

  it('is told to whoever deploys, together with the policy', () => {
    const template = Template.fromStack(stack);
    expect(Object.keys(template.findOutputs('*'))).toEqual(expect.arrayContaining(['DecisionsUrl', 'ApproversPolicyArn']));
  });
});
