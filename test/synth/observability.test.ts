import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS } from '../../lambdas/contracts/deployment.ts';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import { RUNBOOK_ENTRIES } from '../../lib/constructs/change-alarms.ts';
import { byTag, chatStack, EVERY_CHAT, flat, mainStack, ROLLOUT_STEPS } from './deployment.ts';

interface AlarmMetric {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
    Stat: string;
  };
}
interface AlarmProperties {
  readonly MetricName?: string;
  readonly EvaluationPeriods: number;
  readonly AlarmDescription: string;
  readonly AlarmActions: unknown[];
  readonly Metrics: AlarmMetric[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
}

const alarmsOf = (template: Template): Record<string, AlarmProperties> =>
  Object.fromEntries(
    Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
      flat(Properties) as AlarmProperties,
    ]),
  );
const template = Template.fromStack(mainStack({ 'eu-west': byTag('eu-west') }));
const alarms = alarmsOf(template);
const entriesOf = ({ AlarmDescription }: AlarmProperties) => /#(\S+)$/.exec(AlarmDescription)?.[1];
const watched = (alarm: AlarmProperties | undefined) =>
  (alarm?.Metrics ?? []).flatMap(({ MetricStat }) => {
    if (!MetricStat) return [];
    const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
    return [`${Namespace} ${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(' ')}`];
  });

describe('alarms', () => {
  const atTheFirst = ([id]: [string, AlarmProperties]) => id !== 'LocksUncounted';

  it('go to one topic, at the first occurrence, each with its entry in the runbook', () => {
    expect(Object.keys(alarms).sort()).toEqual([
      'EventsLost',
      'ExecutionsCutShort',
      'FunctionErrors',
      'GlassBroken',
      'LockCountUndelivered',
      'LocksUncounted',
      'NeedsOperator',
      'RecoveryFailed',
      'RolledBack',
      'RolloutCutShort',
      'RolloutStepErrors',
      'ScheduleUndelivered',
      'StepErrors',
      'StuckLock',
    ]);
    for (const [id, alarm] of Object.entries(alarms)) {
      expect(alarm.AlarmActions, id).toHaveLength(1);
      expect(alarm.AlarmDescription, id).toMatch(/ docs\/runbook\.md#[a-z-]+$/);
    }
    for (const [id, alarm] of Object.entries(alarms).filter(atTheFirst))
      expect([alarm.Threshold, alarm.ComparisonOperator, alarm.EvaluationPeriods], id).toEqual([1, 'GreaterThanOrEqualToThreshold', 1]);
  });

  it('lead to headings that the runbook has', () => {
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [id, alarm] of Object.entries(alarms)) expect(anchors, id).toContain(entriesOf(alarm));
  });

  it('lead to wherever the runbook is said to be', () => {
    const elsewhere = alarmsOf(Template.fromStack(mainStack({}, { runbookUrl: 'https://wiki.example.com/syncshift' })));
    expect(elsewhere.RolledBack?.AlarmDescription).toMatch(/ https:\/\/wiki\.example\.com\/syncshift#rolled-back$/);
  });

  it('look at what the functions send, by the very dimensions that they send', () => {
    expect(watched(alarms.NeedsOperator)).toEqual([`${METRIC_NAMESPACE} ${METRICS.ended} Outcome=needs-operator service=syncshift`]);
    expect(watched(alarms.RolledBack)).toEqual([`${METRIC_NAMESPACE} ${METRICS.ended} Outcome=rolled-back service=syncshift`]);
    expect(watched(alarms.StuckLock)).toEqual([`${METRIC_NAMESPACE} ${METRICS.locksPastLease} service=syncshift`]);
    expect(watched(alarms.GlassBroken)).toEqual([`${METRIC_NAMESPACE} ${METRICS.glassBroken} service=syncshift`]);
    expect(watched(alarms.EventsLost)).toEqual([`${METRIC_NAMESPACE} ${METRICS.eventsLost} service=syncshift`]);
  });

  const watchedFunctions = (alarm: AlarmProperties | undefined) =>
    watched(alarm).flatMap((metric) => /FunctionName=<(\w+)>/.exec(metric)?.[1] ?? []);

  it('count the failed runs of every step, less those that ended in an error which the workflow knows', () => {
    const failed = watchedFunctions(alarms.StepErrors).map((_, index) => `e${index}`);
    expect(failed).toHaveLength(9);
    const [sum, ...parts] = alarms.StepErrors?.Metrics ?? [];
    expect(sum?.Expression).toBe(`SUM([${failed.join(', ')}, less])`);
    expect(parts.find(({ Id }) => Id === 'less')?.Expression).toBe('-1 * known');
    const sent = (wanted: string) => watched({ ...alarms.StepErrors, Metrics: parts.filter(({ Id }) => Id === wanted) } as AlarmProperties);
    expect(sent('known')).toEqual([`${METRIC_NAMESPACE} ${METRICS.stepErrors} service=syncshift`]);
    for (const id of failed) expect(sent(id)).toEqual([expect.stringMatching(/^AWS\/Lambda Errors FunctionName=/)]);
  });

  it('count the failed runs of every other function', () => {
    const watchedByOne = [alarms.StepErrors, alarms.FunctionErrors, alarms.RolloutStepErrors].flatMap(watchedFunctions);
    expect(watchedByOne.sort()).toEqual(Object.keys(template.findResources('AWS::Lambda::Function')).sort());
    for (const alarm of [alarms.FunctionErrors, alarms.RolloutStepErrors]) expect(alarm?.Metrics[0]?.Expression).toBe('SUM(METRICS())');
  });

  it('look at no more metrics than one alarm can', () => {
    for (const [id, { Metrics = [] }] of Object.entries(alarms))
      expect(Metrics.filter(({ MetricStat }) => MetricStat).length, id).toBeLessThanOrEqual(10);
  });

  const ofMachine = (alarm: AlarmProperties | undefined) =>
    watched(alarm).map((metric) => metric.replace(/^AWS\/States (\w+) StateMachineArn=<(\w+)[0-9A-F]{8}>$/, '$1 $2'));

  it('count executions that ended without a record, and recoveries that did not get to an end that needs nobody', () => {
    expect(ofMachine(alarms.ExecutionsCutShort)).toEqual(
      ['ExecutionsTimedOut', 'ExecutionsAborted'].map((name) => `${name} WorkflowChangeWorkflow`),
    );
    expect(ofMachine(alarms.RecoveryFailed)).toEqual(
      ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((name) => `${name} RecoveryRecoverChange`),
    );
  });

  it('tell of starts that were not delivered, those of changes and those of recoveries', () => {
    const queue = (id: string) =>
      expect.stringMatching(new RegExp(`^AWS/SQS ApproximateNumberOfMessagesVisible QueueName=<${id}[0-9A-F]{8}\\.QueueName>$`));
    expect(watched(alarms.ScheduleUndelivered)).toEqual([queue('SchedulesUndelivered'), queue('RecoveryUndelivered')]);
  });

  it('keep saying that a lock is stuck until a count says that it is not', () => {
    expect(alarms.StuckLock?.TreatMissingData).toBe('ignore');
    expect(alarms.StuckLock?.Metrics[0]?.MetricStat?.Period).toBe(1_800);
  });
});

describe('alarms of chat and notifications', () => {
  const withChat = Template.fromStack(chatStack(EVERY_CHAT, { 'eu-west': byTag('eu-west') }));
  const all = alarmsOf(withChat);
  const queue = (id: string) => ({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: expect.stringMatching(new RegExp(`^<${id}[0-9A-F]{8}\\.QueueName>$`)) }],
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  });

  it('are there where chat and notifications are, each with its entry in the runbook', () => {
    const more = Object.keys(all).filter((id) => !(id in alarms));
    expect(more.sort()).toEqual([
      'ChatEndpointFailed',
      'ChatTasksUndelivered',
      'NotificationsUndelivered',
      'ThreadUpdatesUndelivered',
      'ThreadsLost',
    ]);
    expect(more.map((id) => entriesOf(all[id] as AlarmProperties)).sort()).toEqual([
      'chat-endpoint-failed',
      'chat-tasks-undelivered',
      'notifications-undelivered',
      'thread-updates-undelivered',
      'threads-lost',
    ]);
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    for (const id of more) expect(runbook).toMatch(new RegExp(`^## ${entriesOf(all[id] as AlarmProperties)?.replaceAll('-', ' ')}$`, 'im'));
  });

  it('are as many as the entries of the runbook for alarms', () => {
    expect(Object.keys(all).sort()).toEqual(Object.keys(RUNBOOK_ENTRIES).sort());
  });

  it('look at threads in which nothing can be told, at what could not be delivered, and at faults of the address', () => {
    expect(watched(all.ThreadsLost)).toEqual([`${METRIC_NAMESPACE} ${METRICS.threadsLost} service=syncshift`]);
    expect(all.ChatTasksUndelivered).toMatchObject(queue('ChatOpsSlackWorkUndelivered'));
    expect(all.ThreadUpdatesUndelivered).toMatchObject(queue('ChatOpsSlackThreadsUndelivered'));
    expect(all.NotificationsUndelivered).toMatchObject(queue('ChatOpsNotificationsNotifierUndelivered'));
    expect(all.ChatEndpointFailed).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Dimensions: [{ Name: 'ApiId', Value: expect.stringMatching(/^<ChatOpsSlackEndpointApi[0-9A-F]{8}>$/) }],
      Statistic: 'Sum',
    });
  });

  it("count failed runs of every function but the one that reads clusters: what it cannot read is an answer, and its faults are the worker's", () => {
    const counted = ['StepErrors', 'FunctionErrors', 'RolloutStepErrors'].flatMap((id) =>
      watched(all[id]).flatMap((metric) => /FunctionName=<(\w+)>/.exec(metric)?.[1] ?? []),
    );
    const uncounted = Object.keys(withChat.findResources('AWS::Lambda::Function')).filter((id) => !counted.includes(id));
    expect(uncounted).toEqual([expect.stringMatching(/^ChatOpsSlackchatinspectorFunction/)]);
    expect(watched(all.FunctionErrors).length).toBeLessThanOrEqual(10);
  });

  it('have every function beside them on the dashboard', () => {
    const [dashboard] = Object.values(withChat.findResources('AWS::CloudWatch::Dashboard'));
    const body = String(flat(dashboard?.Properties.DashboardBody));
    for (const name of ['chat-receiver', 'chat-worker', 'chat-inspector', 'chat-follower', 'notifier']) expect(body).toContain(`"${name}"`);
  });
});

describe('the watch over the locks', () => {
  it('is missed after two intervals without a count, the first one after deploying included', () => {
    expect(watched(alarms.LocksUncounted)).toEqual([`${METRIC_NAMESPACE} ${METRICS.locks} service=syncshift`]);
    expect(alarms.LocksUncounted?.Metrics[0]?.MetricStat).toMatchObject({ Period: 900, Stat: 'SampleCount' });
    expect(alarms.LocksUncounted).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });

  it('is missed when a call for a count could not be delivered', () => {
    expect(alarms.LockCountUndelivered).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: expect.stringMatching(/^<LockWatchUndelivered\w+\.QueueName>$/) }],
    });
  });
});

describe('the topic', () => {
  it('is encrypted with a key that alarms may use', () => {
    const [topic] = Object.values(template.findResources('AWS::SNS::Topic'));
    expect(flat(topic?.Properties.KmsMasterKeyId)).toMatch(/^<OperatorsKey\w+\.Arn>$/);
    const keys = Object.values(template.findResources('AWS::KMS::Key')).map(({ Properties }) => Properties);
    expect(keys.every(({ EnableKeyRotation }) => EnableKeyRotation === true)).toBe(true);
    expect(JSON.stringify(keys)).toContain('"Principal":{"Service":"cloudwatch.amazonaws.com"}');
  });

  it('takes messages from alarms of this account, and from nobody without encryption', () => {
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    expect(policy?.Properties.PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } },
      },
    ]);
  });
});

describe('the dashboard', () => {
  it('shows every outcome, every function, the executions and the locks', () => {
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body = String(flat(dashboard?.Properties.DashboardBody));
    const { widgets } = JSON.parse(body) as { widgets: { type: string; properties: { title?: string } }[] };
    expect(widgets.map(({ properties }) => properties.title)).toEqual([
      undefined,
      'Alarms',
      'How changes ended',
      'Executions',
      'Duration of steps, 95 of 100',
      'Failed runs of steps',
      'Locks',
      'Out of the ordinary',
    ]);
    for (const outcome of Object.keys(OUTCOMES)) expect(body).toContain(`"${outcome}"`);
    for (const step of ['inspect-status', 'complete-change', 'recover-change', 'decisions', 'watch-locks', ...ROLLOUT_STEPS])
      expect(body).toContain(`"${step}"`);
  });
});

describe('locks', () => {
  it('are counted every quarter of an hour by a function that can only read the table', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(15 minutes)', State: 'ENABLED' });
    const [schedule] = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    expect(flat(schedule?.Properties.Target)).toMatchObject({
      Arn: expect.stringMatching(/^<LockWatchwatchlocksFunction\w+\.Arn>$/),
      RoleArn: expect.stringMatching(/^<LockWatchCaller\w+\.Arn>$/),
      DeadLetterConfig: { Arn: expect.stringMatching(/^<LockWatchUndelivered\w+\.Arn>$/) },
    });
  });
});
