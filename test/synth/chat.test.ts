import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import { ACCOUNT, byTag, CHAT_SECRET, chatStack, EVERY_CHAT, flat, propertiesOf, REGION, SUBNETS } from './deployment.ts';

const CLUSTERS = { 'eu-west': byTag('eu-west') };
const stack = chatStack(EVERY_CHAT, CLUSTERS);
const whole = Template.fromStack(stack);
const ref = (prefix: string, attribute = '') => expect.stringMatching(new RegExp(`^<${prefix}[0-9A-F]{8}${attribute}>$`));
const functionsIn = (template: Template): string[] =>
  Object.keys(template.findResources('AWS::Lambda::Function')).flatMap(
    (id) => /^ChatOps\w+?((?:chat[a-z]+|notifier))Function/.exec(id)?.[1] ?? [],
  );
const environmentOf = (id: string) => {
  const [run] = propertiesOf(stack, 'AWS::Lambda::Function', id);
  const { POWERTOOLS_SERVICE_NAME: _service, POWERTOOLS_METRICS_NAMESPACE: _namespace, ...own } = variablesOf(run);
  return own;
};
const variablesOf = ({ Environment }: Record<string, unknown> = {}) => (Environment as { Variables: Record<string, string> }).Variables;

describe('what there is of chat', () => {
  it.each([
    ['nothing without a word of it', {}, []],
    ['what Slack takes', { slack: EVERY_CHAT.slack }, ['chatfollower', 'chatinspector', 'chatreceiver', 'chatworker']],
    ['what notifications take', { notifications: {} }, ['notifier']],
  ])('is %s in the configuration', (_case, chat, expected) => {
    const template = Template.fromStack(chatStack(chat, CLUSTERS));
    expect(functionsIn(template).sort()).toEqual(expected);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 'slack' in chat ? 1 : 0);
    template.resourceCountIs('AWS::SNS::Topic', 'notifications' in chat ? 2 : 1);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', Object.keys(chat).length);
    const outputs = Object.keys(template.findOutputs('*'));
    expect(outputs.includes('SlackRequestUrl')).toBe('slack' in chat);
    expect(outputs.includes('NotificationTopicArn')).toBe('notifications' in chat);
  });

  it('has neither a secret nor its name in an environment, and in the template only rights on it', () => {
    const environments = propertiesOf(stack, 'AWS::Lambda::Function').map(variablesOf);
    expect(JSON.stringify(environments)).not.toContain('syncshift/slack');
    const { Resources } = whole.toJSON() as { Resources: Record<string, { Type: string }> };
    const naming = Object.values(Resources).filter((resource) => JSON.stringify(resource).includes(CHAT_SECRET));
    expect([...new Set(naming.map(({ Type }) => Type))]).toEqual(['AWS::IAM::Policy']);
  });
});

describe('the address for Slack', () => {
  it('takes POST at /slack and nothing else, and calls the function in payload format 2.0', () => {
    expect(propertiesOf(stack, 'AWS::ApiGatewayV2::Route')).toEqual([
      expect.objectContaining({ RouteKey: 'POST /slack', AuthorizationType: 'NONE' }),
    ]);
    expect(propertiesOf(stack, 'AWS::ApiGatewayV2::Integration')).toEqual([
      expect.objectContaining({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: ref('ChatOpsSlackEndpointchatreceiverFunction', '\\.Arn'),
      }),
    ]);
  });

  it('is a web page of nobody', () => {
    const [api] = propertiesOf(stack, 'AWS::ApiGatewayV2::Api');
    expect(api).toMatchObject({ ProtocolType: 'HTTP' });
    expect(api).not.toHaveProperty('CorsConfiguration');
  });

  it('is throttled, and logs what was asked for without what was sent, for a while', () => {
    const [stage = {}, ...others] = propertiesOf(stack, 'AWS::ApiGatewayV2::Stage');
    expect(others).toEqual([]);
    expect(stage).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      AccessLogSettings: { DestinationArn: ref('ChatOpsSlackEndpointAccess', '\\.Arn') },
    });
    const { Format } = stage.AccessLogSettings as { Format: string };
    expect(Object.values(JSON.parse(Format)).every((value) => String(value).startsWith('$context.'))).toBe(true);
    expect(propertiesOf(stack, 'AWS::Logs::LogGroup', 'ChatOpsSlackEndpointAccess')).toEqual([
      expect.objectContaining({ LogGroupName: '/aws/vendedlogs/apigateway/syncshift-chat', RetentionInDays: 90 }),
    ]);
  });

  it('is the only one that may call the function, and only by its route', () => {
    expect(propertiesOf(stack, 'AWS::Lambda::Permission')).toEqual([
      expect.objectContaining({
        Principal: 'apigateway.amazonaws.com',
        FunctionName: ref('ChatOpsSlackEndpointchatreceiverFunction', '\\.Arn'),
        SourceArn: expect.stringMatching(/:execute-api:eu-west-1:111111111111:<ChatOpsSlackEndpointApi\w+>\/\*\/\*\/slack$/),
      }),
    ]);
  });

  it('is told to whoever deploys', () => {
    const { SlackRequestUrl } = whole.findOutputs('SlackRequestUrl');
    expect(flat(SlackRequestUrl?.Value)).toMatch(
      /^https:\/\/<ChatOpsSlackEndpointApi\w+>\.execute-api\.eu-west-1\.<AWS::URLSuffix>\/slack$/,
    );
  });
});

describe('functions of chat', () => {
  const configuration = { [ENVIRONMENT.configuration]: '/var/task/syncshift.config.json' };
  const table = { [ENVIRONMENT.table]: ref('ChangesTable') };
  const noAddresses = { POWERTOOLS_TRACER_CAPTURE_HTTPS_REQUESTS: 'false' };
  const runbook = { [ENVIRONMENT.runbook]: 'docs/runbook.md' };
  const machine = { [ENVIRONMENT.stateMachine]: `arn:<AWS::Partition>:states:${REGION}:${ACCOUNT}:stateMachine:syncshift-change` };

  it.each([
    ['ChatOpsSlackEndpointchatreceiver', { ...configuration, [ENVIRONMENT.chatWorker]: ref('ChatOpsSlackWorkchatworkerFunction') }],
    [
      'ChatOpsSlackWorkchatworker',
      {
        ...configuration,
        ...table,
        ...runbook,
        ...machine,
        ...noAddresses,
        [ENVIRONMENT.changeAlias]: ref('WorkflowLive'),
        [ENVIRONMENT.rolloutMachine]: `arn:<AWS::Partition>:states:${REGION}:${ACCOUNT}:stateMachine:syncshift-rollout`,
        [ENVIRONMENT.inspector]: ref('ChatOpsSlackchatinspectorFunction'),
      },
    ],
    ['ChatOpsSlackchatinspector', { ...configuration, ...table }],
    ['ChatOpsSlackThreadschatfollower', { ...configuration, ...table, ...runbook, ...machine, ...noAddresses }],
    ['ChatOpsNotificationsNotifiernotifier', { ...table, ...runbook, [ENVIRONMENT.topic]: ref('ChatOpsNotificationsTopic') }],
  ])('%s is told what it works with, and nothing else', (id, expected) => {
    expect(environmentOf(id)).toEqual(expected);
  });

  it('have the time that they need: Slack waits three seconds, and the worker longer than the one that it waits for', () => {
    const timeout = (id: string) => propertiesOf(stack, 'AWS::Lambda::Function', id)[0]?.Timeout as number;
    expect(timeout('ChatOpsSlackEndpointchatreceiver')).toBe(5);
    expect(timeout('ChatOpsSlackchatinspector')).toBe(240);
    expect(timeout('ChatOpsSlackWorkchatworker')).toBe(300);
  });

  it('do a task again when it fails, while somebody waits for it, and keep those that cannot be done', () => {
    expect(propertiesOf(stack, 'AWS::Lambda::EventInvokeConfig', 'ChatOps')).toEqual([
      {
        FunctionName: ref('ChatOpsSlackWorkchatworkerFunction'),
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 2,
        MaximumEventAgeInSeconds: 1_800,
        DestinationConfig: { OnFailure: { Destination: ref('ChatOpsSlackWorkUndelivered', '\\.Arn') } },
      },
    ]);
  });

  it('are in the network of clusters only where they reach one', () => {
    const rest = { transport: 'rest', url: 'https://us.example.com:9443', credentials: { secretId: 'redis/us' } };
    const inside = chatStack(EVERY_CHAT, { us: { ...rest, vpc: { vpcId: 'vpc-0123456789abcdef0', subnetIds: SUBNETS } } });
    const attached = Object.entries(Template.fromStack(inside).findResources('AWS::Lambda::Function'))
      .filter(([id, { Properties }]) => id.startsWith('ChatOps') && Properties.VpcConfig)
      .map(([id]) => id.replace(/Function[0-9A-F]{8}$/, ''));
    expect(attached).toEqual(['ChatOpsSlackchatinspector']);
  });
});
