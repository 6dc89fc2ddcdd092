import { App, type Environment, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import type { LoadedConfiguration } from '../../lib/config/load.ts';
import { SyncshiftStack, type SyncshiftStackProps } from '../../lib/stacks/syncshift-stack.ts';

export const ACCOUNT = '111111111111';
export const OTHER_ACCOUNT = '222222222222';
export const REGION = 'eu-west-1';

/** What the functions contain does not matter in most tests, and bundling them takes seconds. */
export const newApp = (): App => new App({ context: { 'aws:cdk:bundling-stacks': [] } });

/** @param more - other parts of the configuration. */
export const loaded = (
  clusters: Record<string, unknown>,
  folder = '/etc/syncshift',
  more: Record<string, unknown> = {},
): LoadedConfiguration => ({
  configuration: Configuration.parse({ clusters, ...more }),
  file: `${folder}/syncshift.config.json`,
  stateFolder: `${folder}/.syncshift`,
});

/** The main stack of these clusters. */
export const mainStack = (
  clusters: Record<string, unknown>,
  props: SyncshiftStackProps = {},
  env: Environment = { account: ACCOUNT, region: REGION },
) => new SyncshiftStack(newApp(), 'Syncshift', { env, configuration: loaded(clusters), ...props });

export const byTag = (cluster: string, region = REGION) => ({
  transport: 'ssm',
  region,
  instances: { tag: { key: 'redis-cluster', value: cluster } },
});
export const NODES_ROLE = `arn:aws:iam::${OTHER_ACCOUNT}:role/redis/syncshift-nodes`;

export const VPC = 'vpc-0123456789abcdef0';
export const SUBNETS = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];

/** One cluster for each way in that can be deployed. */
export const EVERY_WAY_IN = {
  'eu-west': {
    ...byTag('eu-west'),
    health: { url: 'https://eu.example.com:9443', credentials: { secretId: 'redis/eu-west' }, ca: { secretId: 'redis/eu-west-ca' } },
  },
  'eu-two': { transport: 'ssm', region: REGION, instances: { ids: ['i-0123456789abcdef0', 'mi-0123456789abcdef0'] } },
  'us-west': byTag('us-west', 'us-west-2'),
  'ap-south': { ...byTag('ap-south', 'ap-south-1'), roleArn: NODES_ROLE },
  'us-east': {
    transport: 'rest',
    url: 'https://us.example.com:9443',
    credentials: { secretId: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:redis/us-east-AbCdEf` },
    vpc: { vpcId: VPC, subnetIds: SUBNETS },
  },
};

/** A moment before everything that the tests schedule. */
export const NOW = new Date('2026-11-25T12:00:00Z');
export const calendarArn = (name: string, region = REGION) => `arn:aws:ssm:${region}:${ACCOUNT}:document/${name}`;
const tuesdays = {
  name: 'tuesdays',
  when: 'cron(0 2 ? * TUE *)',
  timeZone: 'Europe/Berlin',
  request: {
    target: { cluster: 'eu-west', database: 'orders' },
    wanted: { syncerMode: 'distributed' },
    requestedBy: 'alice',
    reason: 'CHG-1',
  },
};
const once = { name: 'once', when: 'at(2026-12-01T02:00:00)', request: { ...tuesdays.request, window: { calendar: 'nights' } } };
/** Every gate and two schedules, for `EVERY_WAY_IN`. */
export const EVERY_GATE = {
  people: { alice: ['arn:aws:iam::111111111111:user/alice'] },
  calendars: { nights: { arn: calendarArn('Nights') }, 'year-end': { arn: calendarArn('YearEnd', 'us-east-1') }, lab: { file: 'lab.ics' } },
  freezes: ['year-end'],
  schedules: [tuesdays, once],
};

export const CHAT_SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:syncshift/slack-AbCdEf`;
/** Slack and notifications, with everything that can be configured of them. */
export const EVERY_CHAT = {
  slack: { team: 'T012AB3C4', credentials: { secretId: CHAT_SECRET }, operators: ['alice'], channel: 'C012AB3CD' },
  notifications: { emails: ['team@example.com', 'night.shift@example.com', 'team@example.com'] },
};
/** The main stack with this chat. */
export const chatStack = (chat: Record<string, unknown> = EVERY_CHAT, clusters: Record<string, unknown> = EVERY_WAY_IN) =>
  mainStack(clusters, { configuration: loaded(clusters, undefined, { chat }) });

/** The functions of the workflow of rollouts, by their names. */
export const ROLLOUT_STEPS = [
  'open-rollout',
  'judge-rollout',
  'survey-cluster',
  'plan-rollout',
  'request-rollout-approval',
  'next-in-lane',
  'check-members',
  'end-rollout',
];

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Properties of the resources of a type whose logical ids begin like this. Partition and the like are written in angle brackets. */
export function propertiesOf(stack: Stack, type: string, id = ''): Record<string, unknown>[] {
  const found = Object.entries(Template.fromStack(stack).findResources(type)).filter(([name]) => name.startsWith(id));
  return found.map(([, { Properties }]) => flat(Properties) as Record<string, unknown>);
}

/** What a function of a stack may do, by the name of its step. Partition and the like are written in angle brackets. */
export function rightsOf(stack: Stack, step: string): Statement[] {
  const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
  const prefix = `${step.replaceAll('-', '')}Role`;
  return Object.entries(policies)
    .filter(([id]) => id.includes(prefix))
    .flatMap(([, policy]) => flat(policy.Properties.PolicyDocument.Statement) as Statement[]);
}

export const actionsOf = ({ Action }: Statement): string[] => [Action].flat();
export const resourcesOf = ({ Resource }: Statement): unknown[] => [Resource].flat();

/** Replaces CloudFormation's joins and references by text. */
export function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[kind, of] = ['', undefined]] = entries;
  if (kind === 'Ref') return `<${of}>`;
  if (kind === 'Fn::GetAtt') return `<${of.join('.')}>`;
  if (kind === 'Fn::Join')
    return (flat(of[1]) as unknown[]).map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(of[0]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, flat(inner)]));
}
