import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ssmClient } from '../../../../../lambdas/adapters/rladmin/ssm-client.ts';
import { faultOf, problemOf } from '../../../../../lambdas/adapters/rladmin/ssm-faults.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>AKIAOTHERACCOUNT1234</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

let handler: Handler;
let requests: { authorization: string; body: string }[];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    requests.push({ authorization: request.headers.authorization ?? '', body });
    handler(request, response, body);
  });
});

beforeEach(async () => {
  requests = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', url);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAHERE000000000000');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answerWith =
  (status: number, body: unknown): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  };
const send = (roleArn?: string) =>
  ssmClient({ region: 'eu-west-1', ...(roleArn && { roleArn }) }).send(
    new SendCommandCommand({ DocumentName: 'syncshift-lab', InstanceIds: ['i-0000000a'] }),
  );
const errorOf = async (sending: Promise<unknown>): Promise<unknown> => {
  try {
    return await sending;
  } catch (error) {
    return error;
  }
};

describe('the client', () => {
  it.each<[string, Handler]>([
    ['a server error', answerWith(500, { __type: 'InternalServerError', message: 'oh' })],
    ['an unavailable service', answerWith(503, {})],
    ['a connection that breaks', (request) => request.socket.destroy()],
    ['an answer that is no JSON', (_request, response) => response.end('<html>')],
  ])('A07: does not repeat a request after %s, which says nothing about what became of it', async (_what, behaviour) => {
    handler = behaviour;
    expect(faultOf(await errorOf(send()))).toBe('unclear');
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['ThrottlingException', 400, 'throttled'],
    ['InvalidInstanceId', 400, 'wrong-node'],
    ['AccessDeniedException', 400, 'refused'],
    ['InvalidDocument', 400, 'refused'],
    ['SomethingNew', 400, 'refused'],
    ['ExpiredTokenException', 400, 'credentials'],
    ['TooMuch', 429, 'throttled'],
    ['Late', 408, 'unclear'],
  ] as const)('tells what %s (%i) says about the request: %s', async (type, status, fault) => {
    handler = answerWith(status, { __type: type, message: 'told so' });
    const error = await errorOf(send());
    expect([faultOf(error), problemOf(error)]).toEqual([fault, `${type}: told so`]);
    expect(requests).toHaveLength(1);
  });

  it('knows a request that never left', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', 'http://127.0.0.1:1');
    const error = await errorOf(send());
    expect(faultOf(error)).toBe('unsent');
    expect(problemOf(error)).toContain('ECONNREFUSED');
  });

  it('does not wait for ever', async () => {
    handler = answerWith(200, { Command: { CommandId: 'c' } });
    const client = ssmClient({ region: 'eu-west-1' });
    await client.send(new SendCommandCommand({ DocumentName: 'syncshift-lab', InstanceIds: ['i-0000000a'] }));
    const requestHandler = client.config.requestHandler as unknown as { httpHandlerConfigs(): unknown };
    expect(requestHandler.httpHandlerConfigs()).toMatchObject({
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    });
  });

  it('signs with what this account has', async () => {
    handler = answerWith(200, { Command: { CommandId: 'c' } });
    expect(await send()).toMatchObject({ Command: { CommandId: 'c' } });
    expect(requests.map(({ authorization }) => authorization)).toEqual([expect.stringContaining('AKIAHERE000000000000/')]);
  });

  it('takes on the role of another account, once', async () => {
    handler = (request, response, body) => {
      if (body.includes('AssumeRole')) response.writeHead(200, { 'content-type': 'text/xml' }).end(ASSUMED);
      else answerWith(200, { Command: { CommandId: 'c' } })(request, response, body);
    };
    const client = ssmClient({ region: 'eu-west-1', roleArn: 'arn:aws:iam::123456789012:role/nodes' });
    expect(requests).toEqual([]);
    for (let count = 0; count < 2; count += 1)
      await client.send(new SendCommandCommand({ DocumentName: 'd', InstanceIds: ['i-0000000a'] }));
    const [assume, ...sent] = requests;
    expect(new URLSearchParams(assume?.body).get('RoleArn')).toBe('arn:aws:iam::123456789012:role/nodes');
    expect(new URLSearchParams(assume?.body).get('RoleSessionName')).toBe('syncshift');
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      expect.stringContaining('AKIAOTHERACCOUNT1234/'),
      expect.stringContaining('AKIAOTHERACCOUNT1234/'),
    ]);
  });

  it('does not wait for ever for that role either', async () => {
    const asked = vi.fn((_options: { clientConfig: unknown }) => async () => ({
      accessKeyId: 'AKIAOTHERACCOUNT1234',
      secretAccessKey: 'secret',
    }));
    vi.doMock('@aws-sdk/credential-providers', () => ({ fromTemporaryCredentials: asked }));
    handler = answerWith(200, { Command: { CommandId: 'c' } });
    await send('arn:aws:iam::123456789012:role/nodes');
    vi.doUnmock('@aws-sdk/credential-providers');
    expect(asked.mock.calls.map(([{ clientConfig }]) => clientConfig)).toEqual([
      { region: 'eu-west-1', requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true } },
    ]);
  });

  it('says so when the role may not be taken on', async () => {
    handler = (_request, response) =>
      response
        .writeHead(403, { 'content-type': 'text/xml' })
        .end('<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>');
    const error = await errorOf(send('arn:aws:iam::123456789012:role/nodes'));
    expect([faultOf(error), problemOf(error)]).toEqual(['refused', 'AccessDenied: not yours']);
  });
});
