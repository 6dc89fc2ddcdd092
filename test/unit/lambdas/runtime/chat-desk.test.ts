import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ChatTask } from '../../../../lambdas/contracts/chat-task.ts';
import { ENVIRONMENT } from '../../../../lambdas/contracts/deployment.ts';
import { deployedDesk } from '../../../../lambdas/runtime/chat-desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'chat-desk-'));
const file = join(folder, 'syncshift.config.json');
const slack = {
  team: 'T012AB3C4',
  credentials: { signingSecretEnv: 'TEST_SIGNING_SECRET', botTokenEnv: 'TEST_BOT_TOKEN' },
  operators: ['anna'],
};
const configure = (chat: object | undefined) =>
  writeFileSync(file, JSON.stringify({ clusters: { 'eu-west': { transport: 'exec', rladmin: ['rladmin'] } }, chat }));

const client = mockClient(LambdaClient);
beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv(ENVIRONMENT.configuration, file);
  vi.stubEnv(ENVIRONMENT.chatWorker, 'syncshift-chat');
});
afterAll(() => {
  vi.unstubAllEnvs();
  client.restore();
  rmSync(folder, { recursive: true });
});

const task: ChatTask = {
  kind: 'command',
  id: '0'.repeat(32),
  user: 'U1',
  channel: 'C1',
  at: '2026-03-02T09:30:00.000Z',
  words: 'status',
  command: { verb: 'status' },
  responseUrl: 'https://hooks.slack.com/commands/1',
};

describe('the desk of a deployed function', () => {
  it('is not opened while the configuration has no Slack, and is once it has', async () => {
    configure(undefined);
    await expect(deployedDesk()).rejects.toMatchObject({ name: 'ClusterAccessError', message: 'the configuration has no chat.slack' });
    configure({ slack });
    expect((await deployedDesk()).settings).toMatchObject({ team: 'T012AB3C4', apiUrl: 'https://slack.com/api/' });
  });

  it('reads the secret when it is needed', async () => {
    const desk = await deployedDesk();
    await expect(desk.signingSecret()).rejects.toMatchObject({ message: expect.stringContaining('TEST_SIGNING_SECRET is not set') });
    vi.stubEnv('TEST_SIGNING_SECRET', '8f742231b10e8888');
    vi.stubEnv('TEST_BOT_TOKEN', 'xoxb-1234');
    expect(await desk.signingSecret()).toBe('8f742231b10e8888');
  });

  it('hands tasks to the worker without waiting for what becomes of them', async () => {
    client.on(InvokeCommand).resolves({ StatusCode: 202 });
    await (await deployedDesk()).handOver(task);
    const [call] = client.commandCalls(InvokeCommand);
    expect(call?.args[0].input).toMatchObject({ FunctionName: 'syncshift-chat', InvocationType: 'Event' });
    expect(JSON.parse(new TextDecoder().decode(call?.args[0].input.Payload as Uint8Array))).toEqual(task);
  });

  it('says so when the worker did not get a task', async () => {
    client.on(InvokeCommand).rejects(Object.assign(new Error('nope'), { name: 'TooManyRequestsException' }));
    await expect((await deployedDesk()).handOver(task)).rejects.toThrow('TooManyRequestsException');
  });
});
