import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { RemoteInspector } from '../../../../../lambdas/adapters/lambda/remote-inspector.ts';
import type { Inspection } from '../../../../../lambdas/contracts/inspection.ts';
import { facts } from '../../../../support/facts.ts';

const client = mockClient(LambdaClient);
const inspector = new RemoteInspector({ client: new LambdaClient({ region: 'eu-west-1' }), functionName: 'inspect-databases' });
beforeEach(() => client.reset());
/** Of a real answer it also knows how to become text, which nobody asks of it here. */
type Payload = NonNullable<InvokeCommandOutput['Payload']>;
const answers = (text: string, settings: { FunctionError?: string } = {}) =>
  client.on(InvokeCommand).resolves({ StatusCode: 200, Payload: Buffer.from(text) as unknown as Payload, ...settings });
const fails = (answer: unknown) => answers(JSON.stringify(answer), { FunctionError: 'Unhandled' });

const inspection: Inspection = {
  cluster: 'lab',
  databases: [facts(), { id: 'db:8', name: 'carts', error: { name: 'ClusterOutputError', message: 'no endpoint is listed' } }],
};

describe('RemoteInspector', () => {
  it('asks the function and waits for what it found', async () => {
    answers(JSON.stringify(inspection));
    expect(await inspector.inspect({ cluster: 'lab', database: 'orders' })).toEqual(inspection);
    const [{ Payload, ...rest } = {}] = client.commandCalls(InvokeCommand).map(({ args }) => args[0].input);
    expect(rest).toEqual({ FunctionName: 'inspect-databases', InvocationType: 'RequestResponse' });
    expect(JSON.parse(Buffer.from(Payload as Uint8Array).toString('utf8'))).toEqual({ cluster: 'lab', database: 'orders' });
  });

  it('fails as the function failed, where that is a failure of reading a cluster', async () => {
    fails({ errorType: 'ClusterUnreachableError', errorMessage: 'no node of lab answered', trace: ['at …'] });
    await expect(inspector.inspect({ cluster: 'lab' })).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'no node of lab answered',
    });
  });

  it.each([
    [
      { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 120.00 seconds' },
      'Sandbox.Timedout: Task timed out after 120.00 seconds',
    ],
    [{ errorType: 'constructor', errorMessage: 'x' }, 'constructor: x'],
    [{ errorMessage: 'RequestId: 1 Error: Runtime exited' }, 'RequestId: 1 Error: Runtime exited'],
    [{ errorType: 7 }, 'no reason given'],
    [null, 'no reason given'],
  ])('says why the function did not come to an end: %j', async (answer, says) => {
    fails(answer);
    await expect(inspector.inspect({ cluster: 'lab' })).rejects.toMatchObject({
      name: 'Error',
      message: `inspect-databases failed: ${says}`,
    });
  });

  it.each([
    ['cut', JSON.stringify(inspection).slice(0, -9)],
    ['empty', ''],
    ['a page for people', '<html>502</html>'],
  ])('says in one sentence that an answer is %s, and repeats nothing of it', async (_what, text) => {
    answers(text);
    const error: Error = await inspector.inspect({ cluster: 'lab' }).then(
      () => expect.fail('it was read'),
      (thrown) => thrown,
    );
    expect([error.message, error.cause]).toEqual(['inspect-databases answered with no JSON', undefined]);
  });

  it('refuses an answer without a payload', async () => {
    client.on(InvokeCommand).resolves({ StatusCode: 200 });
    await expect(inspector.inspect({ cluster: 'lab' })).rejects.toThrow('inspect-databases answered with no JSON');
  });

  it('refuses an answer in another form', async () => {
    answers(JSON.stringify({ ...inspection, databases: [{ id: 'db:7' }] }));
    await expect(inspector.inspect({ cluster: 'lab' })).rejects.toMatchObject({
      name: 'InvalidOutputError',
      message: expect.stringContaining('databases[0]'),
    });
  });

  it('names the fault when the function cannot be asked', async () => {
    client.on(InvokeCommand).rejects(Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' }));
    await expect(inspector.inspect({ cluster: 'lab' })).rejects.toThrow('inspect-databases could not be asked: AccessDeniedException');
  });
});
