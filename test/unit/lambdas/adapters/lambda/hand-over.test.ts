import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handOver } from '../../../../../lambdas/adapters/lambda/hand-over.ts';

const SECRET_ADDRESS = 'https://hooks.slack.com/commands/T012/34/secret';
const task = { kind: 'command', words: 'status “für mich”', responseUrl: SECRET_ADDRESS };
const client = mockClient(LambdaClient);
const worker = { client: new LambdaClient({ region: 'eu-west-1' }), functionName: 'chat-worker' };
beforeEach(() => client.reset());
const errorOf = (): Promise<Error> =>
  handOver(worker, task).then(
    () => expect.fail('the task was handed over'),
    (thrown) => thrown,
  );

describe('a task', () => {
  it('is handed to the function without waiting for what it does', async () => {
    client.on(InvokeCommand).resolves({ StatusCode: 202 });
    await handOver(worker, task);
    const [{ Payload, ...rest } = {}] = client.commandCalls(InvokeCommand).map(({ args }) => args[0].input);
    expect(rest).toEqual({ FunctionName: 'chat-worker', InvocationType: 'Event' });
    expect(JSON.parse(Buffer.from(Payload as Uint8Array).toString('utf8'))).toEqual(task);
  });

  it.each([
    [200, 'Lambda answered 200'],
    [undefined, 'Lambda answered without a status'],
  ])('is not taken for handed over when the answer has the status %s', async (StatusCode, says) => {
    client.on(InvokeCommand).resolves(StatusCode === undefined ? {} : { StatusCode });
    expect((await errorOf()).message).toBe(`chat-worker was handed no task: ${says}`);
  });

  it('stays out of the error when it cannot be handed over', async () => {
    const refused = Object.assign(new Error(`cannot parse ${JSON.stringify(task)}`), { name: 'InvalidRequestContentException' });
    client.on(InvokeCommand).rejects(refused);
    const error = await errorOf();
    expect(error.message).toBe('chat-worker was handed no task: InvalidRequestContentException');
    expect(`${error.stack} ${String(error.cause)}`).not.toContain(SECRET_ADDRESS);
  });
});
