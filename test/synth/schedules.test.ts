import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ChangeRequest } from '../../lambdas/contracts/request.ts';
import { scheduleTarget } from '../../lambdas/contracts/schedules.ts';
import { deployableSchedules } from '../../lib/constructs/deployable-schedules.ts';
import { ACCOUNT, byTag, EVERY_GATE, flat, loaded, mainStack, NOW, propertiesOf, REGION, rightsOf } from './deployment.ts';

const clusters = { 'eu-west': byTag('eu-west'), lab: { transport: 'exec', rladmin: ['rladmin'] } };
const configured = (more: Record<string, unknown> = EVERY_GATE) => loaded(clusters, undefined, more);
const stack = mainStack(clusters, { configuration: configured(), now: NOW });
const schedulesIn = (of = stack) =>
  propertiesOf(of, 'AWS::Scheduler::Schedule').filter(({ GroupName }) => GroupName === 'syncshift') as {
    Name: string;
    Target: Record<string, unknown>;
  }[];
const [tuesdays] = EVERY_GATE.schedules;
const change = (more: Record<string, unknown>, request: Record<string, unknown> = {}) =>
  configured({
    ...EVERY_GATE,
    schedules: [tuesdays, { ...tuesdays, name: 'other', ...more, request: { ...tuesdays?.request, ...request } }],
  });

describe('a schedule of the configuration', () => {
  it('is one of EventBridge Scheduler, in the group and with the words that the command line knows', () => {
    const [first] = schedulesIn();
    expect(first).toEqual({
      Name: 'cfg-tuesdays',
      GroupName: 'syncshift',
      Description: 'alice wants eu-west/orders distributed: CHG-1, from the configuration',
      ScheduleExpression: 'cron(0 2 ? * TUE *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: expect.anything(),
    });
    expect(schedulesIn().map(({ Name }) => Name)).toEqual(['cfg-tuesdays', 'cfg-once']);
  });

  it('starts the newest version of the workflow, for at most an hour after its time, exactly as one from the command line does', () => {
    const at = { partition: '<AWS::Partition>', region: REGION, account: ACCOUNT };
    const { arn, roleArn, input, deadLetterConfig, retryPolicy } = scheduleTarget(at, tuesdays?.request as never);
    expect(schedulesIn()[0]?.Target).toEqual({
      Arn: arn,
      RoleArn: roleArn,
      Input: input,
      DeadLetterConfig: { Arn: deadLetterConfig.arn },
      RetryPolicy: {
        MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
        MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
      },
    });
    expect(arn).toMatch(/:stateMachine:syncshift-change:live$/);
    expect(retryPolicy.maximumEventAgeInSeconds).toBeLessThanOrEqual(3_600);
    expect(() => ChangeRequest.parse(JSON.parse(input))).not.toThrow();
  });

  it('is made after everything that it names', () => {
    const resources = Template.fromStack(stack).findResources('AWS::Scheduler::Schedule', { Properties: { Name: 'cfg-once' } });
    const { DependsOn = [] } = Object.values(resources)[0] as { DependsOn?: string[] };
    for (const named of ['SchedulesGroup', 'SchedulesRole', 'SchedulesRoleDefaultPolicy', 'SchedulesUndelivered', 'WorkflowLive'])
      expect(
        DependsOn.some((id) => new RegExp(`^${named}(?:[0-9A-F]{8})?$`).test(id)),
        named,
      ).toBe(true);
  });

  it('is left out, with a warning, when it would start something at a moment that is over', () => {
    const later = mainStack(clusters, { configuration: configured(), now: new Date('2026-12-01T02:00:00Z') });
    expect(schedulesIn(later).map(({ Name }) => Name)).toEqual(['cfg-tuesdays']);
    Annotations.fromStack(later).hasWarning('/Syncshift', Match.stringLikeRegexp('schedules left out, because their moment is over: once'));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('left out'))).toEqual([]);
  });

  it('has its moment in its own time zone', () => {
    const inTokyo = change({ when: 'at(2026-12-01T02:00:00)', timeZone: 'asia/tokyo' });
    const at = (now: string) => deployableSchedules(inTokyo, new Date(now)).schedules.map(({ timeZone }) => timeZone);
    expect(at('2026-11-30T16:59:59Z')).toEqual(['Europe/Berlin', 'Asia/Tokyo']);
    expect(at('2026-11-30T17:00:00Z')).toEqual(['Europe/Berlin']);
  });
});

describe('a schedule that would start changes which cannot run', () => {
  it.each([
    [
      'of a cluster that functions cannot reach',
      {},
      { target: { cluster: 'lab', database: 'orders' } },
      /request\.target\.cluster: only a machine with rladmin can reach "lab"/,
    ],
    [
      'of a cluster that there is not',
      {},
      { target: { cluster: 'mars', database: 'orders' } },
      /request\.target\.cluster: no cluster "mars" is configured$/,
    ],
    [
      'in a calendar that is a file',
      {},
      { window: { calendar: 'lab' } },
      /request\.window\.calendar: the calendar "lab" is a file .*expected .*\{ "arn" \}$/,
    ],
    [
      'in a calendar that there is not',
      {},
      { window: { calendar: 'none' } },
      /request\.window\.calendar: no calendar "none" is configured/,
    ],
    ['in a time zone that there is not', { timeZone: 'Mars/Base' }, {}, /timeZone: "Mars\/Base" is no time zone/],
    ['at a time that there is not', { when: 'at(2027-02-30T02:00:00)' }, {}, /when: .* is no time that exists/],
    ['by a rule that Scheduler does not understand', { when: 'cron(0 2 * * *)' }, {}, /when: .*has 5 fields/],
    ['at a rate, which would start a change while it is deployed', { when: 'rate(7 days)' }, {}, /when: a rate would start a change/],
    ['under a name that is taken', { name: 'tuesdays' }, {}, /name: another schedule is called "tuesdays"/],
  ])('is refused: one %s', (_case, more, request, sentence) => {
    expect(() => deployableSchedules(change(more, request), NOW)).toThrow(
      new RegExp(`^/etc/syncshift/syncshift\\.config\\.json: schedules\\[1\\]\\.${sentence.source}`),
    );
    expect(() => mainStack(clusters, { configuration: change(more, request), now: NOW })).toThrow(sentence);
  });
});

describe('what all schedules share', () => {
  const group = `arn:<AWS::Partition>:scheduler:${REGION}:${ACCOUNT}:schedule-group/syncshift`;

  it('is there without a schedule in the configuration: people add some from the command line', () => {
    const bare = mainStack({});
    expect(propertiesOf(bare, 'AWS::Scheduler::ScheduleGroup')).toEqual([{ Name: 'syncshift' }]);
    expect(propertiesOf(bare, 'AWS::SQS::Queue', 'Schedules')).toMatchObject([
      { QueueName: 'syncshift-undelivered-starts', SqsManagedSseEnabled: true },
    ]);
    expect(schedulesIn(bare)).toEqual([]);
  });

  it('is a role that only schedules of the group in this account can take on', () => {
    const [role] = propertiesOf(stack, 'AWS::IAM::Role', 'Schedules');
    expect(role).toMatchObject({
      RoleName: `syncshift-schedules-${REGION}`,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': group } },
          },
        ],
      },
    });
  });

  it('may start the workflow by its alias, keep what could not be started, and nothing else', () => {
    expect(rightsOf(stack, 'Schedules')).toEqual([
      {
        Effect: 'Allow',
        Action: 'states:StartExecution',
        Resource: expect.stringMatching(/^<WorkflowChangeWorkflow[0-9A-F]{8}>$/),
        Condition: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': ['live'] } },
      },
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: expect.stringMatching(/^<SchedulesUndelivered[0-9A-F]{8}\.Arn>$/) },
    ]);
  });

  it('is called by the same names in a region that is known only when it is deployed', () => {
    const anywhere = mainStack({}, {}, {});
    const [role] = Object.values(
      Template.fromStack(anywhere).findResources('AWS::IAM::Role', { Properties: { RoleName: Match.anyValue() } }),
    );
    expect(flat(role?.Properties.RoleName)).toBe('syncshift-schedules-<AWS::Region>');
  });
});
