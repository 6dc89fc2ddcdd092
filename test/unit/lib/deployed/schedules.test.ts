import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Schedule } from '../../../../lambdas/contracts/configuration.ts';
import { Schedules } from '../../../../lib/deployed/schedules.ts';
import { awsError, FakeTiming, networkError } from './fakes.ts';

const aws = mockClient(SchedulerClient);
beforeEach(() => aws.reset());

const PLACE = { partition: 'aws', region: 'eu-west-1', account: '123456789012' };
const REQUEST = {
  target: { cluster: 'eu-west', database: 'orders' },
  wanted: { syncerMode: 'distributed' },
  requestedBy: 'alice',
  reason: 'CHG-1',
};
const schedule = (changes: object = {}): Schedule =>
  Schedule.parse({ name: 'once', when: 'at(2026-12-24T02:00:00)', timeZone: 'Europe/Berlin', request: REQUEST, ...changes });
const schedules = (timing = new FakeTiming()) =>
  new Schedules({ client: new SchedulerClient({ region: 'eu-west-1', maxAttempts: 1 }), place: PLACE, timing });
const created = () => aws.commandCalls(CreateScheduleCommand).map(({ args }) => args[0].input);
const TOKEN = expect.stringMatching(/^[0-9a-f-]{36}$/);

describe('adding a schedule', () => {
  it('asks Scheduler to start the live workflow once, with the request as its input', async () => {
    await schedules().add(schedule());
    expect(created()).toEqual([
      {
        Name: 'once',
        GroupName: 'syncshift',
        Description: 'alice wants eu-west/orders distributed: CHG-1',
        ScheduleExpression: 'at(2026-12-24T02:00:00)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:syncshift-change:live',
          RoleArn: 'arn:aws:iam::123456789012:role/syncshift-schedules-eu-west-1',
          Input: JSON.stringify(REQUEST),
          DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:123456789012:syncshift-undelivered-starts' },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
        },
        ClientToken: TOKEN,
      },
    ]);
  });

  it('keeps one that starts again and again, and begins a rate when it is told to', async () => {
    const begin = new Date('2026-12-08T02:00:00.000Z');
    await schedules().add(schedule({ name: 'weekly', when: 'rate(7 days)' }), begin);
    await schedules().add(schedule({ name: 'tuesdays', when: 'cron(0 2 ? * TUE *)' }));
    const [rate, cron] = created();
    expect(rate).toMatchObject({ ScheduleExpression: 'rate(7 days)', StartDate: begin });
    expect(rate).not.toHaveProperty('ActionAfterCompletion');
    expect(cron).not.toHaveProperty('StartDate');
    expect(cron).not.toHaveProperty('ActionAfterCompletion');
  });

  it('is asked for again with the same token when its answer is lost', async () => {
    aws
      .on(CreateScheduleCommand)
      .rejectsOnce(networkError('ECONNRESET'))
      .rejectsOnce(awsError('InternalServerException', 'x', 500))
      .resolves({});
    await schedules().add(schedule());
    expect(created()).toHaveLength(3);
    expect(new Set(created().map(({ ClientToken }) => ClientToken)).size).toBe(1);
  });

  it.each([
    ['ConflictException', /schedule once exists already/],
    ['ResourceNotFoundException', /no group of schedules "syncshift" is deployed in eu-west-1/],
    ['AccessDeniedException', /adding the schedule once: access is denied.*not authorized to perform: iam:PassRole/],
    ['ValidationException', /adding the schedule once: AWS refused it/],
  ])('is refused in a sentence: %s', async (name, sentence) => {
    aws.on(CreateScheduleCommand).rejects(awsError(name, `${name}: not authorized to perform: iam:PassRole`));
    await expect(schedules().add(schedule())).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(sentence),
    });
  });

  it('leaves names of the configuration alone', async () => {
    await expect(schedules().add(schedule({ name: 'cfg-once' }))).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(aws.calls()).toEqual([]);
  });
});

describe('listing schedules', () => {
  const stored = (changes: object) => ({
    ScheduleExpression: 'cron(0 2 ? * TUE *)',
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED' as const,
    Target: { Arn: 'x', RoleArn: 'x', Input: JSON.stringify(REQUEST) },
    ...changes,
  });

  it('shows every one on every page, and says which come from the configuration', async () => {
    aws
      .on(ListSchedulesCommand)
      .resolvesOnce({ Schedules: [{ Name: 'cfg-a' }, { Name: 'b' }], NextToken: 'more' })
      .resolves({ Schedules: [{ Name: 'c' }] });
    aws.on(GetScheduleCommand).resolves(stored({}));
    const found = await schedules().list();
    expect(found.map(({ name, isConfigured }) => [name, isConfigured])).toEqual([
      ['cfg-a', true],
      ['b', false],
      ['c', false],
    ]);
    expect(found[0]).toMatchObject({
      when: 'cron(0 2 ? * TUE *)',
      timeZone: 'UTC',
      to: 'distributed',
      state: 'ENABLED',
      target: REQUEST.target,
    });
    expect(aws.commandCalls(ListSchedulesCommand).map(({ args }) => args[0].input.NextToken)).toEqual([undefined, 'more']);
    expect(aws.commandCalls(GetScheduleCommand).every(({ args }) => args[0].input.GroupName === 'syncshift')).toBe(true);
  });

  const listedOne = async (changes: object) => {
    aws.on(ListSchedulesCommand).resolves({ Schedules: [{ Name: 'a' }] });
    aws.on(GetScheduleCommand).resolves(stored(changes));
    return (await schedules().list())[0];
  };

  // The clock shows 2026-12-01T02:00Z.
  it.each([
    [
      'a time to come',
      { ScheduleExpression: 'at(2026-12-24T02:00:00)', ScheduleExpressionTimezone: 'Europe/Berlin' },
      '2026-12-24T01:00:00.000Z',
    ],
    ['a time that is over', { ScheduleExpression: 'at(2026-11-24T02:00:00)' }, undefined],
    ['a zone that nobody knows', { ScheduleExpression: 'at(2026-12-24T02:00:00)', ScheduleExpressionTimezone: 'Mars/Base' }, undefined],
    [
      'a rate that has not begun',
      { ScheduleExpression: 'rate(7 days)', StartDate: new Date('2026-12-20T00:00:00Z') },
      '2026-12-20T00:00:00.000Z',
    ],
    ['a rate at work', { ScheduleExpression: 'rate(7 days)', StartDate: new Date('2026-11-03T02:00:00Z') }, '2026-12-08T02:00:00.000Z'],
    ['a rate without a beginning', { ScheduleExpression: 'rate(7 days)' }, undefined],
    ['a cron expression', {}, undefined],
    ['one that is switched off', { ScheduleExpression: 'at(2026-12-24T02:00:00)', State: 'DISABLED' }, undefined],
  ])('tells the next start of %s', async (_what, changes, next) => {
    expect((await listedOne(changes))?.next).toBe(next);
  });

  it.each([undefined, 'no JSON', '[]', '{"target":{"cluster":7}}'])('shows one whose input is %j', async (Input) => {
    const found = await listedOne({ Target: { Arn: 'x', RoleArn: 'x', Input } });
    expect(found).toMatchObject({ name: 'a', state: 'ENABLED' });
    expect(found).not.toHaveProperty('target');
  });

  it('leaves out one that has gone meanwhile', async () => {
    aws.on(ListSchedulesCommand).resolves({ Schedules: [{ Name: 'gone' }, { Name: 'there' }] });
    aws.on(GetScheduleCommand).resolves(stored({}));
    aws.on(GetScheduleCommand, { Name: 'gone' }).rejects(awsError('ResourceNotFoundException'));
    expect((await schedules().list()).map(({ name }) => name)).toEqual(['there']);
  });

  it('says that nothing is deployed', async () => {
    aws.on(ListSchedulesCommand).rejects(awsError('ResourceNotFoundException'));
    await expect(schedules().list()).rejects.toThrow(/no group of schedules "syncshift" is deployed in eu-west-1/);
  });
});

describe('removing a schedule', () => {
  it('deletes it from the group', async () => {
    await schedules().remove('once');
    expect(aws.commandCalls(DeleteScheduleCommand).map(({ args }) => args[0].input)).toEqual([
      { Name: 'once', GroupName: 'syncshift', ClientToken: TOKEN },
    ]);
  });

  it('has worked when an answer was lost and it is gone', async () => {
    aws.on(DeleteScheduleCommand).rejectsOnce(networkError('ECONNRESET')).rejects(awsError('ResourceNotFoundException'));
    await expect(schedules().remove('once')).resolves.toBeUndefined();
  });

  it('says that there is none', async () => {
    aws.on(DeleteScheduleCommand).rejects(awsError('ResourceNotFoundException'));
    await expect(schedules().remove('once')).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/no schedule "once"/),
    });
  });

  it('leaves those of the configuration alone', async () => {
    await expect(schedules().remove('cfg-once')).rejects.toThrow(/come from the configuration/);
    expect(aws.calls()).toEqual([]);
  });
});
