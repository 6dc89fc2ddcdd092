import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Output } from '../../../../lib/cli/output.ts';
import { type AddFlags, add, list, remove } from '../../../../lib/cli/verbs/schedule.ts';
import { STATE_MACHINE_ARN } from '../../../support/step-functions/stand-in.ts';

const aws = mockClient(SchedulerClient);
const folder = mkdtempSync(join(tmpdir(), 'syncshift-schedule-'));
const config = join(folder, 'syncshift.config.json');
const configure = (defaults: object = {}) =>
  writeFileSync(
    config,
    JSON.stringify({
      clusters: {
        'eu-west': { transport: 'ssm', region: 'eu-west-1', instances: { tag: { key: 'redis-cluster', value: 'eu-west' } } },
        lab: { transport: 'exec', rladmin: ['/nowhere/rladmin'] },
      },
      defaults,
    }),
  );

let printed = '';
let noticed = '';
beforeEach(() => {
  aws.reset();
  configure();
  vi.stubEnv('SYNCSHIFT_STATE_MACHINE_ARN', STATE_MACHINE_ARN);
  vi.stubEnv('SUDO_USER', 'alice');
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-25T12:00:00.000Z') });
  [printed, noticed] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    noticed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flags = { config, color: false, engine: 'aws' as const };
const output = (json = true) => new Output({ json, quiet: false, color: false, engine: 'aws' });
const run = (given: Partial<AddFlags>, { target = 'eu-west/orders', name = 'one', json = true } = {}) =>
  add(name)(target, { ...flags, to: 'distributed', ...given }, output(json));
const created = () => aws.commandCalls(CreateScheduleCommand).map(({ args }) => args[0].input);

describe('schedule add', () => {
  it('makes a schedule of the request, and prints one document', async () => {
    expect(await run({ at: '2026-12-01T02:00', timeZone: 'Europe/Berlin', reason: 'CHG-1', policy: 'all-nodes' })).toBe(0);
    expect(JSON.parse(printed)).toEqual({
      name: 'one',
      when: 'at(2026-12-01T02:00:00)',
      timeZone: 'Europe/Berlin',
      next: '2026-12-01T01:00:00.000Z',
      target: { cluster: 'eu-west', database: 'orders' },
      to: 'distributed',
      region: 'eu-west-1',
    });
    const [input] = created();
    expect(input).toMatchObject({ Name: 'one', ScheduleExpressionTimezone: 'Europe/Berlin' });
    expect(JSON.parse(input?.Target?.Input ?? '')).toEqual({
      target: { cluster: 'eu-west', database: 'orders' },
      wanted: { syncerMode: 'distributed', proxyPolicy: 'all-nodes' },
      requestedBy: 'alice',
      reason: 'CHG-1',
    });
  });

  it('takes cron fields and rates, in UTC unless it is told otherwise', async () => {
    await run({ cron: '0 2 ? * tue *' });
    await run({ every: '7 days' });
    expect(created()).toMatchObject([
      { ScheduleExpression: 'cron(0 2 ? * TUE *)', ScheduleExpressionTimezone: 'UTC' },
      // Without a start a rate would begin at once.
      { ScheduleExpression: 'rate(7 days)', StartDate: new Date('2026-12-02T12:00:00.000Z') },
    ]);
  });

  it('names whom the configuration names', async () => {
    configure({ requestedBy: 'platform team' });
    await run({ cron: '0 2 ? * TUE *' });
    expect(created()[0]?.Description).toBe('platform team wants eu-west/orders distributed');
  });

  it('says which of two moments is meant, beside the one document', async () => {
    await run({ at: '2027-10-31T02:30:00', timeZone: 'europe/berlin' });
    expect(noticed).toMatch(/^note: .*exists twice in Europe\/Berlin/);
    expect(JSON.parse(printed)).toMatchObject({ timeZone: 'Europe/Berlin', next: '2027-10-31T00:30:00.000Z' });
  });

  it('is told to people in words', async () => {
    await run({ at: '2026-12-01T02:00' }, { json: false });
    expect(printed).toMatch(
      /^schedule one in eu-west-1: eu-west\/orders to distributed, at\(2026-12-01T02:00:00\) UTC, first at 2026-12-01T02/,
    );
    expect(printed).toMatch(/syncshift list --engine aws/);
  });

  it.each<[string, Partial<AddFlags>, { target?: string; name?: string }, RegExp]>([
    ['no time', {}, {}, /say when, once/],
    ['two times', { at: '2026-12-01T02:00', every: '7 days' }, {}, /say when, once/],
    ['a time in the past', { at: '2026-11-24T02:00' }, {}, /--at: .*in the past/],
    ['a time that clocks jump over', { at: '2027-03-28T02:30', timeZone: 'Europe/Berlin' }, {}, /does not exist in Europe\/Berlin/],
    ['a time with an offset', { at: '2026-12-01T02:00+01:00' }, {}, /expected yyyy-mm-ddThh:mm/],
    ['no time zone', { at: '2026-12-01T02:00', timeZone: 'Berlin' }, {}, /--time-zone: "Berlin" is no time zone/],
    ['five cron fields', { cron: '0 2 * * 2' }, {}, /--cron: .*has 5 fields; expected 6/],
    ['no rate', { every: 'week' }, {}, /--every: .*is no rate/],
    ['brackets in the fields', { cron: '0 2 ? * TUE *) at(' }, {}, /fields; expected 6/],
    ['an unknown cluster', { every: '7 days' }, { target: 'eu-east/orders' }, /no cluster "eu-east" is configured/],
    ['a cluster of one machine', { every: '7 days' }, { target: 'lab/orders' }, /clusters.lab: it has the transport "exec"/],
    ['no database', { every: '7 days' }, { target: 'eu-west' }, /<cluster>\/<database>/],
    ['an unfit name', { every: '7 days' }, { name: 'one two' }, /name: expected letters, digits/],
    ['a name of the configuration', { every: '7 days' }, { name: 'cfg-one' }, /come from the configuration/],
    ['the local engine', { every: '7 days', engine: 'local' }, {}, /schedules live in AWS.*systemd timer.*syncshift apply/],
  ])('refuses %s in one sentence, and creates nothing', async (_what, given, where, sentence) => {
    const error = await run(given, where).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      name: expect.stringMatching(/^(?:UsageError|InvalidInputError|ConfigurationError)$/),
      message: expect.stringMatching(sentence),
    });
    expect(String(error)).not.toMatch(/\n/);
    expect(aws.calls()).toEqual([]);
    expect(printed).toBe('');
  });

  it('refuses an environment that names another workflow than schedules start', async () => {
    vi.stubEnv('SYNCSHIFT_STATE_MACHINE_ARN', STATE_MACHINE_ARN.replace('syncshift-change', 'mine'));
    await expect(run({ every: '7 days' })).rejects.toThrow(
      /schedules start the state machine "syncshift-change", and the environment names "mine"/,
    );
    expect(aws.calls()).toEqual([]);
  });
});

describe('schedule list and remove', () => {
  const stand = () => {
    aws.on(ListSchedulesCommand).resolves({ Schedules: [{ Name: 'cfg-nightly' }, { Name: 'odd' }] });
    aws.on(GetScheduleCommand).resolves({ ScheduleExpression: 'rate(1 hour)', ScheduleExpressionTimezone: 'UTC', State: 'DISABLED' });
    aws.on(GetScheduleCommand, { Name: 'cfg-nightly' }).resolves({
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      State: 'ENABLED',
      Target: {
        Arn: 'x',
        RoleArn: 'x',
        Input: '{"target":{"cluster":"eu-west","database":"orders"},"wanted":{"syncerMode":"centralized"}}',
      },
    });
  };

  it('print one document', async () => {
    stand();
    expect(await list('', flags, output())).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      schedules: [{ name: 'cfg-nightly', isConfigured: true, to: 'centralized' }, { name: 'odd' }],
    });
    printed = '';
    expect(await remove('odd', flags, output())).toBe(0);
    expect(JSON.parse(printed)).toEqual({ name: 'odd', removed: true });
    expect(aws.commandCalls(DeleteScheduleCommand)).toHaveLength(1);
  });

  it('print a table', async () => {
    stand();
    await list('', flags, output(false));
    expect(printed.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['SCHEDULE', 'WHEN', 'ZONE', 'NEXT', 'DATABASE', 'TO', 'STATE', 'FROM'],
      ['cfg-nightly', 'cron(0 2 * * ? *)', 'Europe/Berlin', 'eu-west/orders', 'centralized', 'enabled', 'configuration'],
      ['odd', 'rate(1 hour)', 'UTC', '?', '?', 'disabled'],
      [''],
    ]);
  });

  it('say that there is none', async () => {
    aws.on(ListSchedulesCommand).resolves({ Schedules: [] });
    await list('', flags, output(false));
    expect(printed).toBe('no schedules\n');
  });

  it.each([list, remove])('are refused for the local engine', async (verb) => {
    await expect(verb('odd', { ...flags, engine: 'local' }, output())).rejects.toMatchObject({ name: 'UsageError' });
    expect(aws.calls()).toEqual([]);
  });
});
