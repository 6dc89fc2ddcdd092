import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../../../lambdas/adapters/rladmin/commands.ts';
import { ended, fakeSsm, NODE_A, NODE_B, NODE_C, online, RUNNING, sdkError, section, status } from './ssm-fake.ts';

const ALL = [commands.STATUS_WITH_JOBS, commands.infoDatabase('db:7'), commands.RUNNING_ACTIONS];

describe('reads over Run Command', () => {
  it('that are announced travel together when the first is asked for', async () => {
    const ssm = fakeSsm();
    const ask = ssm.runner().reading(ALL, 60);
    expect(ssm.sendings()).toBe(0);
    const results = await Promise.all(ALL.map(ask));
    expect(results.map(({ ended: how, exitCode, stdout }) => [how, exitCode, stdout])).toEqual([
      ['exited', 0, 'status extra all\n'],
      ['exited', 0, 'info db db:7\n'],
      ['exited', 0, 'cluster running_actions\n'],
    ]);
    expect(ssm.sent).toEqual([
      {
        DocumentName: 'syncshift-lab',
        InstanceIds: [NODE_A],
        Parameters: { actions: ['status-extra-all,info-db-of,running-actions'], database: ['db:7'] },
        Comment: 'syncshift read',
        TimeoutSeconds: 30,
      },
    ]);
  });

  it('are remembered for one reading, and read again for the next', async () => {
    const ssm = fakeSsm();
    const runner = ssm.runner();
    const ask = runner.reading([commands.STATUS], 60);
    await ask(commands.STATUS);
    await ask(commands.STATUS);
    expect(ssm.sendings()).toBe(1);
    await runner.reading([commands.STATUS], 60)(commands.STATUS);
    expect(ssm.sendings()).toBe(2);
  });

  it('that were not announced travel alone, once', async () => {
    const ssm = fakeSsm();
    const ask = ssm.runner().reading([commands.STATUS], 60);
    expect(await ask(commands.infoNode(2))).toMatchObject({ stdout: 'info node 2\n' });
    await ask(commands.infoNode(2));
    expect(ssm.sent.map(({ Parameters }) => Parameters)).toEqual([{ actions: ['info-node-2'] }]);
  });

  it('of two databases are two commands, each sent when it is needed', async () => {
    const ssm = fakeSsm();
    const ask = ssm.runner().reading([commands.infoDatabase('db:7'), commands.infoDatabase('db:8')], 60);
    expect(await ask(commands.infoDatabase('db:7'))).toMatchObject({ stdout: 'info db db:7\n' });
    expect(ssm.sendings()).toBe(1);
    expect(await ask(commands.infoDatabase('db:8'))).toMatchObject({ stdout: 'info db db:8\n' });
    expect(ssm.sendings()).toBe(2);
  });

  it('A21: that others left no room for travel once more, alone', async () => {
    const long = section('status extra all', 'x'.repeat(23_000)) + section('info db db:7', 'y'.repeat(5_000));
    const ssm = fakeSsm({ looks: { [NODE_A]: [ended(long.slice(0, 24_000))] } });
    const ask = ssm.runner().reading(ALL.slice(0, 2), 60);
    expect(await ask(commands.STATUS_WITH_JOBS)).toMatchObject({ ended: 'exited', stdout: 'x'.repeat(23_000) });
    expect(ssm.sendings()).toBe(1);
    expect(await ask(commands.infoDatabase('db:7'))).toMatchObject({ ended: 'cut' });
    expect(ssm.sent.map(({ Parameters }) => Parameters?.actions)).toEqual([['status-extra-all,info-db-of'], ['info-db-of']]);
  });

  it('A21: that are too long by themselves are cut, and sent once', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [ended(section('status', 'x'.repeat(30_000)).slice(0, 24_000))] } });
    expect(await ssm.runner().reading([commands.STATUS], 60)(commands.STATUS)).toMatchObject({ ended: 'cut', stdout: '' });
    expect(ssm.sendings()).toBe(1);
  });

  it('never carry a write or a text of nobody', async () => {
    const runner = fakeSsm().runner();
    expect(() => runner.reading([commands.tuneSyncer('db:7', 'distributed')], 60)).toThrow(/is no read/);
    await expect(runner.reading([], 60)(['flush', 'db:7'])).rejects.toMatchObject({ name: 'InvalidInputError' });
  });
});

const read = (ssm: ReturnType<typeof fakeSsm>, limitSeconds = 60, runner = ssm.runner()) =>
  runner.reading([commands.STATUS], limitSeconds)(commands.STATUS);

describe('the node that is asked', () => {
  it('is the first by its id of those that are online and run Linux', async () => {
    const others = [
      { InstanceId: 'i-00000001', PingStatus: 'ConnectionLost' as const, PlatformType: 'Linux' as const },
      { InstanceId: 'i-00000002', PingStatus: 'Online' as const, PlatformType: 'Windows' as const },
    ];
    const ssm = fakeSsm({ nodes: [...others, ...online(NODE_C, NODE_B)] });
    await read(ssm);
    expect(ssm.nodesSentTo()).toEqual([NODE_B]);
  });

  it.each([
    [0, NODE_A],
    [1, NODE_B],
    [2, NODE_C],
    [4, NODE_B],
  ])('is number %i of them when the beginning is there', async (startAt, node) => {
    const ssm = fakeSsm({ nodes: online(NODE_C, NODE_A, NODE_B) });
    await read(ssm, 60, ssm.runner({ startAt }));
    expect(ssm.nodesSentTo()).toEqual([node]);
  });

  it('is looked for by tag or by id, on every page', async () => {
    const ssm = fakeSsm();
    ssm.mock
      .on(DescribeInstanceInformationCommand)
      .resolvesOnce({ InstanceInformationList: [], NextToken: 'more' })
      .resolvesOnce({ InstanceInformationList: online(NODE_C) })
      .resolves({ InstanceInformationList: online(NODE_B) });
    await read(ssm);
    await read(ssm, 60, ssm.runner({ instances: { ids: [NODE_B, NODE_C] } }));
    const asked = ssm.mock.commandCalls(DescribeInstanceInformationCommand).map(({ args: [{ input }] }) => input);
    expect(asked).toEqual([
      { Filters: [{ Key: 'tag:redis-cluster', Values: ['lab'] }], MaxResults: 50 },
      { Filters: [{ Key: 'tag:redis-cluster', Values: ['lab'] }], MaxResults: 50, NextToken: 'more' },
      { Filters: [{ Key: 'InstanceIds', Values: [NODE_B, NODE_C] }], MaxResults: 50 },
    ]);
    expect(ssm.nodesSentTo()).toEqual([NODE_C, NODE_B]);
  });

  it('is another one after it was passed over, until none is left', async () => {
    const ssm = fakeSsm({ nodes: online(NODE_A, NODE_B, NODE_C) });
    const runner = ssm.runner({ startAt: 1 });
    await read(ssm, 60, runner);
    expect(runner.passOver('its row is not OK')).toBe(true);
    await read(ssm, 60, runner);
    expect(runner.passOver('its row is not OK')).toBe(true);
    await read(ssm, 60, runner);
    expect(runner.passOver('its row is not OK')).toBe(false);
    await read(ssm, 60, runner);
    expect(ssm.nodesSentTo()).toEqual([NODE_B, NODE_C, NODE_A, NODE_A]);
  });

  it('stays the same while others come and go', async () => {
    const ssm = fakeSsm({ nodes: online(NODE_B, NODE_C) });
    const runner = ssm.runner();
    await read(ssm, 60, runner);
    await ssm.clock.sleep(100);
    ssm.mock.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: online(NODE_A, NODE_B) });
    await read(ssm, 60, runner);
    expect(ssm.nodesSentTo()).toEqual([NODE_B, NODE_B]);
  });

  it('is none when none is online: the read is not answered, and says why', async () => {
    const ssm = fakeSsm({ nodes: [{ InstanceId: NODE_A, PingStatus: 'ConnectionLost', PlatformType: 'Linux' }] });
    expect(await read(ssm)).toEqual({
      ended: 'timed-out',
      exitCode: null,
      stdout: '',
      stderr:
        'document syncshift-lab cannot be sent to cluster lab: Systems Manager has no Linux node online with the tag redis-cluster=lab; it knows i-0000000a Linux ConnectionLost',
    });
  });

  it('is none when nobody may list them: that is a matter of access', async () => {
    const ssm = fakeSsm();
    ssm.mock.on(DescribeInstanceInformationCommand).rejects(sdkError('AccessDeniedException', 'not authorized', 400));
    expect(await read(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining('not authorized') });
  });
});

describe('a read that cannot be sent', () => {
  it('A01: goes to another node', async () => {
    const ssm = fakeSsm({ onSend: ({ InstanceIds }) => (InstanceIds?.[0] === NODE_A ? sdkError('InvalidInstanceId') : undefined) });
    const runner = ssm.runner();
    expect(await read(ssm, 60, runner)).toMatchObject({ ended: 'exited' });
    await read(ssm, 60, runner);
    expect([ssm.nodesSentTo(), ssm.sendings()]).toEqual([[NODE_B, NODE_B], 3]);
  });

  it('A01: was not started when every node turns it down', async () => {
    const ssm = fakeSsm({ onSend: () => sdkError('InvalidInstanceId') });
    expect(await read(ssm)).toMatchObject({ ended: 'not-started' });
    expect(ssm.sendings()).toBe(2);
  });

  it.each(['AccessDeniedException', 'InvalidDocument', 'ExpiredTokenException'])('A02: because of %s was not started', async (name) => {
    const ssm = fakeSsm({ onSend: () => sdkError(name, 'told so', 400) });
    expect(await read(ssm)).toMatchObject({
      ended: 'not-started',
      stderr: `document syncshift-lab cannot be sent to cluster lab: ${name}: told so`,
    });
    expect(ssm.sendings()).toBe(1);
  });

  it('A03: is sent again when it was throttled', async () => {
    const ssm = fakeSsm({ onSend: (_, attempt) => (attempt < 4 ? sdkError('ThrottlingException', 'Rate exceeded') : undefined) });
    expect(await read(ssm)).toMatchObject({ ended: 'exited' });
    expect(ssm.seconds()).toBeGreaterThanOrEqual(7);
  });

  it('A03: is given up at its limit', async () => {
    const ssm = fakeSsm({ onSend: () => sdkError('ThrottlingException', 'Rate exceeded') });
    expect(await read(ssm)).toMatchObject({ ended: 'timed-out', stderr: expect.stringContaining('Rate exceeded') });
    expect(ssm.seconds()).toBeCloseTo(60);
  });

  it('A07: for an unclear reason is brought to another node', async () => {
    const ssm = fakeSsm({ onSend: (_, attempt) => (attempt === 1 ? sdkError('TimeoutError') : undefined) });
    expect(await read(ssm)).toMatchObject({ ended: 'exited' });
    expect(ssm.nodesSentTo()).toEqual([NODE_B]);
  });

  it('A07: for an unclear reason is brought to the same node when there is no other, five times at most', async () => {
    const once = fakeSsm({ nodes: online(NODE_A), onSend: (_, attempt) => (attempt === 1 ? sdkError('TimeoutError') : undefined) });
    expect(await read(once)).toMatchObject({ ended: 'exited' });
    const always = fakeSsm({ nodes: online(NODE_A), onSend: () => sdkError('InternalServerError', 'oh', 500) });
    expect(await read(always)).toMatchObject({ ended: 'timed-out' });
    expect(always.sendings()).toBe(5);
  });

  it('finds out soon that there is no network', async () => {
    const ssm = fakeSsm({ onSend: () => Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }) });
    expect(await read(ssm)).toMatchObject({ ended: 'timed-out', stderr: expect.stringContaining('ENOTFOUND') });
    expect(ssm.seconds()).toBeLessThanOrEqual(15);
  });
});

describe('a read that was taken', () => {
  it.each([
    ['A10', 'DeliveryTimedOut', 'TimedOut'],
    ['A10', 'Delivery Timed Out', 'TimedOut'],
    ['A11', 'Undeliverable', 'Failed'],
    ['A12', 'Execution Timed Out', 'TimedOut'],
  ] as const)('%s: %s is brought to another node', async (_id, details, plain) => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status(details, plain)] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited', stdout: 'status\n' });
    expect(ssm.nodesSentTo()).toEqual([NODE_A, NODE_B]);
  });

  it('A10: is not answered when no node gets it', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Undeliverable', 'Failed')], [NODE_B]: [status('Undeliverable', 'Failed')] } });
    expect(await read(ssm)).toMatchObject({
      ended: 'timed-out',
      stderr: 'SSM command command-2 on i-0000000b: Undeliverable',
    });
  });

  it('A09: and is delayed is called back, and brought to another node', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Delayed', 'Delayed')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited' });
    expect([ssm.cancelled(), ssm.nodesSentTo()]).toEqual([['command-1'], [NODE_A, NODE_B]]);
  });

  it('A08: and does not begin is called back while another node has time to answer', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Pending', 'Pending')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited' });
    expect(ssm.lookTimes.at(-1)).toBeLessThan(50);
    expect(ssm.cancelled()).toEqual(['command-1']);
  });

  it('A08: and does not begin is waited for to the limit when there is no other node', async () => {
    const ssm = fakeSsm({ nodes: online(NODE_A), looks: { [NODE_A]: [status('Pending', 'Pending')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'timed-out', stderr: 'SSM command command-1 on i-0000000a: Pending after 60 s' });
    expect([ssm.cancelled(), ssm.seconds()]).toEqual([['command-1'], 60]);
  });

  it('A08: and runs too long is called back at its limit and not brought elsewhere', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [RUNNING] } });
    expect(await read(ssm)).toMatchObject({ ended: 'timed-out' });
    expect([ssm.cancelled(), ssm.sendings(), ssm.seconds()]).toEqual([['command-1'], 1, 60]);
  });

  it('has time for the journey even when its limit is short', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [RUNNING, RUNNING, RUNNING, ended(`${section('status', 'x\n')}SYNCSHIFT done\n`)] } });
    expect(await read(ssm, 2)).toMatchObject({ ended: 'exited', stdout: 'x\n' });
  });

  it('A05: may be unknown for a while', async () => {
    const unknown = Array.from({ length: 5 }, () => sdkError('InvocationDoesNotExist', '', 400));
    const ssm = fakeSsm({ looks: { [NODE_A]: [...unknown, ended(`${section('status', 'x\n')}SYNCSHIFT done\n`)] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited', stdout: 'x\n' });
    expect(ssm.sendings()).toBe(1);
  });

  it('A05: and stays unknown is brought to another node', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [sdkError('InvocationDoesNotExist', '', 400)] } });
    expect(await read(ssm, 100)).toMatchObject({ ended: 'exited' });
    expect(ssm.nodesSentTo()).toEqual([NODE_A, NODE_B]);
    expect(ssm.lookTimes.filter((seconds) => seconds < 30).length).toBeGreaterThan(3);
  });

  it('A14: and is cancelled by somebody was killed', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Cancelling', 'Cancelling'), status('Cancelled', 'Cancelled')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'killed', stderr: 'SSM command command-1 on i-0000000a: Cancelled' });
  });

  it.each(['Terminated', 'Rate Exceeded', 'AccessDenied', 'InvalidPlatform', 'Incomplete'])('A16: %s was not started', async (details) => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status(details, 'Failed')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining(details) });
  });

  it('whose answer nobody may read is a matter of access', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [sdkError('AccessDeniedException', 'not authorized', 400)] } });
    expect(await read(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining('not authorized') });
  });

  it('A20: may report success before its output is there', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [ended(''), ended(`${section('status', 'x\n')}SYNCSHIFT done\n`)] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited', stdout: 'x\n' });
  });

  it('A20: is cut when its output never comes', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [ended('')] } });
    expect(await read(ssm)).toMatchObject({ ended: 'cut' });
    expect(ssm.lookTimes).toHaveLength(4);
  });

  it('A29: on an instance without rladmin is brought to another node', async () => {
    const missing = ended('SYNCSHIFT error rladmin-missing\n', { Status: 'Failed', ResponseCode: 127 });
    const ssm = fakeSsm({ looks: { [NODE_A]: [missing] } });
    expect(await read(ssm)).toMatchObject({ ended: 'exited', exitCode: 0 });
    const everywhere = fakeSsm({ looks: { [NODE_A]: [missing], [NODE_B]: [missing] } });
    expect(await read(everywhere)).toMatchObject({ ended: 'exited', exitCode: 127 });
    expect(everywhere.nodesSentTo()).toEqual([NODE_A, NODE_B]);
  });
});
