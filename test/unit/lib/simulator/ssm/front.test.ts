import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clusterWith } from '../../../../../lib/simulator/fleets.ts';
import type { SsmEffect } from '../../../../../lib/simulator/ssm/faults.ts';
import type { SsmFront, SsmFrontOptions } from '../../../../../lib/simulator/ssm/front.ts';
import { loadState, saveState } from '../../../../../lib/simulator/state-file.ts';
import { installRladmin } from '../../../../support/rladmin-process.ts';
import { ask, clientFor, DOCUMENT, FIRST, frontFor, SECOND, send } from './node.ts';

let node: Awaited<ReturnType<typeof installRladmin>>;
let front: SsmFront;
let client: SSMClient;
beforeAll(async () => {
  node = await installRladmin(clusterWith());
});
afterAll(() => node.remove());
afterEach(async () => {
  client.destroy();
  await front.close();
});
async function start(options: Partial<SsmFrontOptions> = {}, maxAttempts = 1) {
  await saveState(node.state, clusterWith());
  front = await frontFor(node.rladmin, options);
  client = clientFor(front, maxAttempts);
}
/** A document whose script is the one given: for what has nothing to do with rladmin. */
const scripted = (script: string): Partial<SsmFrontOptions> => ({
  documents: {
    [DOCUMENT]: {
      schemaVersion: '2.2',
      mainSteps: [{ action: 'aws:runShellScript', name: 'script', inputs: { runCommand: script.split('\n') } }],
    },
  },
});
const argvs = async () => (await loadState(node.state)).commands.map(({ argv }) => argv.join(' '));
const TUNE = { actions: 'tune-syncer', database: 'db:7', mode: 'distributed' };

describe('a command', () => {
  it('runs the reads of the document one after the other with a real shell', async () => {
    await start();
    const id = await send(client, { actions: 'status-endpoints-of,info-db-of,info-node-2', database: 'db:7' }, { Comment: 'run 1' });
    const said = await ask(client, id);
    expect(said).toMatchObject({ Status: 'Success', StatusDetails: 'Success', ResponseCode: 0, Comment: 'run 1', PluginName: 'rladmin' });
    expect(said.StandardOutputContent).toMatch(/^SYNCSHIFT begin status endpoints db db:7\nENDPOINTS:[\s\S]*\nSYNCSHIFT end 0\n/);
    expect(said.StandardOutputContent).toMatch(/SYNCSHIFT end 0\nSYNCSHIFT done\n$/);
    expect(await argvs()).toEqual(['status endpoints db db:7', 'info db db:7', 'info node 2']);
  });

  it('writes', async () => {
    await start();
    await ask(client, await send(client, TUNE));
    await ask(client, await send(client, { actions: 'bind-exclude', database: 'db:7', endpoint: '7:1', nodes: '2 3' }));
    expect(await argvs()).toEqual(['tune db db:7 syncer_mode distributed', 'bind db db:7 endpoint 7:1 exclude 2 3']);
  });

  it('fails with the exit code of its script', async () => {
    await start();
    const said = await ask(client, await send(client, { actions: 'info-db-of', database: 'db:8' }));
    expect(said).toMatchObject({ Status: 'Failed', ResponseCode: 1 });
    expect(said.StandardErrorContent).toMatch(/does not exist\nfailed to run commands: exit status 1$/);
  });

  it('runs on the node of its instance, which rladmin marks', async () => {
    await start();
    for (const [instance, marked] of [
      [FIRST, '*node:1'],
      [SECOND, '*node:2'],
    ] as const) {
      const id = await send(client, { actions: 'status-nodes' }, { InstanceIds: [instance] });
      expect((await ask(client, id, instance)).StandardOutputContent).toContain(marked);
    }
    const { commands, localNode } = await loadState(node.state);
    expect(commands.map((command) => command.node)).toEqual([1, 2]);
    expect(localNode).toBeUndefined();
  });

  it('finds neither the environment of the caller nor a login shell', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of the caller');
    await start(scripted('env; read -r line || echo "no input"'));
    const { StandardOutputContent } = await ask(client, await send(client, {}));
    expect(StandardOutputContent).not.toContain('of the caller');
    expect(StandardOutputContent).toContain('no input');
    vi.unstubAllEnvs();
  });

  it('shows the first 24,000 characters of what it prints and 8,000 of its errors, and lists show fewer', async () => {
    await start(scripted('head -c 30000 /dev/zero | tr "\\0" x; head -c 9000 /dev/zero | tr "\\0" e >&2'));
    const id = await send(client, {});
    const said = await ask(client, id);
    expect([said.StandardOutputContent?.length, said.StandardErrorContent?.length]).toEqual([24_000, 8_000]);
    const list = await client.send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    expect(list.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toHaveLength(2_500);
  });

  it('is found through the environment variable that names the endpoint', async () => {
    await start();
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', front.endpoint);
    const other = new SSMClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    expect((await other.send(new DescribeInstanceInformationCommand({}))).InstanceInformationList).toHaveLength(2);
    expect(front.calls).toMatchObject([{ operation: 'DescribeInstanceInformation', region: 'us-east-1' }]);
    other.destroy();
    vi.unstubAllEnvs();
  });
});

describe('a command that is refused', () => {
  it.each<[string, Record<string, string>]>([
    ['a shell command as an action', { actions: 'status; reboot' }],
    ['a substitution as an action', { actions: '$(reboot)' }],
    ['a quote in a database', { actions: 'info-db-of', database: "db:7'; reboot; '" }],
    ['a database by name', { actions: 'info-db-of', database: 'orders' }],
    ['a second line', { actions: 'info-db-of', database: 'db:7\nreboot' }],
    ['a policy that does not exist', { actions: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-master-nodes' }],
    ['a node that is no number', { actions: 'bind-include', database: 'db:7', endpoint: '7:1', nodes: '1 $(reboot)' }],
    ['a write among reads', { actions: 'status,tune-syncer', database: 'db:7', mode: 'distributed' }],
    ['two writes', { actions: 'tune-syncer,tune-syncer', database: 'db:7', mode: 'distributed' }],
    ['an unknown parameter', { actions: 'status', commands: 'reboot' }],
    ['a parameter from the prototype', { actions: 'status', toString: 'reboot' }],
    ['no action', {}],
  ])('for %s never reaches the node', async (_what, parameters) => {
    await start();
    await expect(send(client, parameters)).rejects.toMatchObject({ name: 'InvalidParameters' });
    expect(front.invocations).toEqual([]);
    expect(await argvs()).toEqual([]);
  });

  it.each([
    ['InvalidDocument', { DocumentName: 'AWS-RunShellScript' }],
    ['InvalidInstanceId', { InstanceIds: ['i-0bbbbbbbbbbbbbbb9'] }],
    ['ValidationException', { TimeoutSeconds: 29 }],
    ['ValidationException', { Comment: 'x'.repeat(101) }],
  ])('with %s when asked with %j', async (name, input) => {
    await start();
    await expect(send(client, { actions: 'status' }, input)).rejects.toMatchObject({ name });
  });

  it('is so for an agent that is offline, which its description tells', async () => {
    await start({ instances: [{ id: FIRST, node: 1, online: false }] });
    await expect(send(client, { actions: 'status' })).rejects.toMatchObject({ name: 'InvalidInstanceId' });
    const described = await client.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [FIRST] }] }));
    expect(described.InstanceInformationList).toMatchObject([{ InstanceId: FIRST, PingStatus: 'ConnectionLost' }]);
  });

  it('lets a last line break through as a lenient engine would, which does no harm', async () => {
    await start();
    expect(await ask(client, await send(client, { actions: 'info-db-of', database: 'db:7\n' }))).toMatchObject({ ResponseCode: 1 });
    await ask(client, await send(client, { actions: 'bind-include', database: 'db:7', endpoint: '7:1', nodes: '2\n' }));
    expect((await argvs()).at(-1)).toBe('bind db db:7 endpoint 7:1 include 2');
  });
});

describe('finding instances and commands', () => {
  it('finds instances by tag', async () => {
    await start();
    const by = (value: string) =>
      client.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'tag:redis-cluster', Values: [value] }] }));
    expect((await by('lab')).InstanceInformationList?.map(({ InstanceId }) => InstanceId)).toEqual([FIRST, SECOND]);
    expect((await by('other')).InstanceInformationList).toEqual([]);
  });

  it('keeps comments, newest first, page by page', async () => {
    await start(scripted('true'));
    const [first, second] = [await send(client, {}, { Comment: 'one' }), await send(client, {}, { Comment: 'two' })];
    const page = await client.send(new ListCommandInvocationsCommand({ InstanceId: FIRST, MaxResults: 1 }));
    expect(page).toMatchObject({ CommandInvocations: [{ Comment: 'two', CommandId: second }], NextToken: '1' });
    const rest = await client.send(new ListCommandInvocationsCommand({ InstanceId: FIRST, NextToken: page.NextToken }));
    expect(rest.CommandInvocations).toMatchObject([{ Comment: 'one', CommandId: first }]);
    expect((await client.send(new ListCommandsCommand({}))).Commands).toMatchObject([{ Comment: 'two' }, { Comment: 'one' }]);
  });
});

describe('faults of Run Command', () => {
  const under = (effect: SsmEffect, on = '^SendCommand', times = 1): Partial<SsmFrontOptions> => ({ faults: [{ on, times, effect }] });

  it.each(['ThrottlingException', 'AccessDeniedException', 'ExpiredTokenException', 'InvalidInstanceId'])(
    '%s sends nothing',
    async (type) => {
      await start(under({ kind: 'error', type }));
      await expect(send(client, TUNE)).rejects.toMatchObject({ name: type });
      expect(front.invocations).toEqual([]);
      expect(front.calls).toMatchObject([{ operation: 'SendCommand', error: type }]);
    },
  );

  it('throttles chosen operations so many times, which the client repeats by itself', async () => {
    await start(under({ kind: 'error', type: 'ThrottlingException' }, '^GetCommandInvocation', 2), 3);
    expect(await ask(client, await send(client, { actions: 'running-actions' }))).toMatchObject({ Status: 'Success' });
    expect(front.calls.map(({ operation }) => operation)).toEqual(['SendCommand', ...Array(3).fill('GetCommandInvocation')]);
  });

  it.each(['close', 'error'] as const)('loses the answer of a command that was accepted (%s)', async (how) => {
    await start(under({ kind: 'lost-answer', how }));
    await expect(send(client, TUNE, { Comment: 'mine' })).rejects.toThrow();
    const { CommandInvocations } = await client.send(new ListCommandInvocationsCommand({ InstanceId: FIRST }));
    expect(CommandInvocations).toMatchObject([{ Comment: 'mine' }]);
    await ask(client, CommandInvocations?.[0]?.CommandId ?? '');
    expect(await argvs()).toEqual(['tune db db:7 syncer_mode distributed']);
  });

  it('runs a command twice for a client that repeats by itself what it got no answer to', async () => {
    await start(under({ kind: 'lost-answer', how: 'error' }), 2);
    await send(client, TUNE);
    expect(front.invocations).toHaveLength(2);
  });

  it('does not know a command for so many questions', async () => {
    await start(under({ kind: 'unseen', polls: 2 }));
    const id = await send(client, { actions: 'running-actions' });
    await expect(ask(client, id)).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    expect((await client.send(new ListCommandInvocationsCommand({ CommandId: id }))).CommandInvocations).toEqual([]);
    expect(await ask(client, id)).toMatchObject({ Status: 'Success' });
  });

  it('answers lists that are empty', async () => {
    await start({ ...scripted('true'), ...under({ kind: 'empty' }, '^ListCommandInvocations') });
    await send(client, {});
    const list = () => client.send(new ListCommandInvocationsCommand({ InstanceId: FIRST }));
    expect((await list()).CommandInvocations).toEqual([]);
    expect((await list()).CommandInvocations).toHaveLength(1);
  });

  it.each(['Pending', 'Delayed'] as const)('delivers late: %s with response code -1 until then', async (details) => {
    await start(under({ kind: 'late', polls: 2, details }));
    const id = await send(client, TUNE);
    for (let i = 0; i < 2; i++) expect(await ask(client, id)).toMatchObject({ Status: details, StatusDetails: details, ResponseCode: -1 });
    expect(await argvs()).toEqual([]);
    expect(await ask(client, id)).toMatchObject({ Status: 'Success', ResponseCode: 0 });
    expect(await argvs()).toHaveLength(1);
  });

  it.each([
    ['Delivery Timed Out', 'TimedOut', false],
    ['Execution Timed Out', 'TimedOut', true],
    ['Undeliverable', 'Failed', false],
    ['Terminated', 'Failed', false],
    ['Cancelled', 'Cancelled', true],
    ['In Progress', 'InProgress', true],
  ] as const)('ends a command as %s without its output, its script run: %s', async (details, status, ran) => {
    await start(under({ kind: 'end', details, ran }));
    const said = await ask(client, await send(client, TUNE));
    expect(said).toMatchObject({ Status: status, StatusDetails: details, ResponseCode: -1, StandardOutputContent: '' });
    expect(await argvs()).toHaveLength(ran ? 1 : 0);
  });

  it('spells details without blanks when told to', async () => {
    await start({ ...under({ kind: 'end', details: 'Delivery Timed Out', ran: false }), spelling: 'compact' });
    expect(await ask(client, await send(client, TUNE))).toMatchObject({ StatusDetails: 'DeliveryTimedOut' });
  });

  it('replaces output', async () => {
    await start(under({ kind: 'output', ran: true, stdout: 'agent restarted' }));
    expect(await ask(client, await send(client, TUNE))).toMatchObject({ Status: 'Success', StandardOutputContent: 'agent restarted' });
    expect(await argvs()).toHaveLength(1);
  });
});

describe('cancelling', () => {
  const cancel = (id: string) => client.send(new CancelCommandCommand({ CommandId: id }));

  it('keeps a command from running that was not delivered yet', async () => {
    await start({ faults: [{ on: '^SendCommand', effect: { kind: 'late', polls: 5, details: 'Delayed' } }] });
    const id = await send(client, TUNE);
    await cancel(id);
    for (let i = 0; i < 7; i++) expect(await ask(client, id)).toMatchObject({ Status: 'Cancelled', ResponseCode: -1 });
    expect(await argvs()).toEqual([]);
  });

  it('kills a script that runs, and everything it started', async () => {
    await start({ ...scripted('sleep 600 & sleep 600'), holdMs: 0 });
    const id = await send(client, {});
    expect(await ask(client, id)).toMatchObject({ Status: 'InProgress', ResponseCode: -1 });
    await cancel(id);
    await expect.poll(() => ask(client, id)).toMatchObject({ Status: 'Cancelled', StandardOutputContent: '' });
  });

  it('may leave the script running to its end', async () => {
    await start({ faults: [{ on: '^SendCommand', effect: { kind: 'survives-cancel' } }] });
    const id = await send(client, TUNE);
    await cancel(id);
    expect(await ask(client, id)).toMatchObject({ Status: 'Cancelled', ResponseCode: -1, StandardOutputContent: '' });
    expect(await argvs()).toHaveLength(1);
  });

  it('needs a command that exists', async () => {
    await start();
    await expect(cancel('0b9c8a3e-0000-4000-8000-000000000000')).rejects.toMatchObject({ name: 'InvalidCommandId' });
  });
});
