import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Agent, fetch as fetchOver } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../../../lib/deployed/decisions.ts';
import { decisionsUrlOf, findDecisionsUrl, regionIn } from '../../../../lib/deployed/decisions-url.ts';
import { awsError, FakeTiming, networkError } from './fakes.ts';

const URL_OF_FUNCTION = new URL('https://abc123.lambda-url.eu-west-1.on.aws/');
const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret', sessionToken: 'a/session+token==' };
const APPROVAL = { action: 'approve' as const, changeId: 'chg-1', planHash: 'a1b2c3d4', reason: 'größer als „ja“' };

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}
type Reply = (response: ServerResponse) => unknown;

const received: Received[] = [];
/** What is answered next; the last one stays. */
let replies: Reply[] = [];
const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const hangUp: Reply = (response) => response.destroy();
const ACCEPTED = answer(200, { accepted: true, says: 'approved, 1 of 1' });

const server = createServer(async (request, response) => {
  received.push({ request, body: await text(request) });
  const reply = replies.length > 1 ? replies.shift() : replies[0];
  reply?.(response);
});
/** Reaches the server whatever host is asked for, in plain text: all that differs from the way to AWS. */
const agent = new Agent({
  pipelining: 0,
  connect: (_options, callback) => {
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    socket.once('connect', () => callback(null, socket as never)).once('error', (error) => callback(error, null));
  },
});
const throughAgent = ((url: URL, init: object) => fetchOver(url, { ...init, dispatcher: agent })) as unknown as typeof fetch;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  received.length = 0;
  replies = [ACCEPTED];
});
afterAll(async () => {
  await agent.destroy();
  server.closeAllConnections();
  server.close();
});

const { sha256 } = new LambdaClient({ region: 'eu-west-1' }).config;
const send = (message: Parameters<typeof decide>[0] = APPROVAL, timing = new FakeTiming(), fetch = throughAgent) =>
  decide(message, { url: URL_OF_FUNCTION, region: 'eu-west-1', credentials: CREDENTIALS, sha256, fetch, timing });
const problemOf = (sent: Promise<unknown>): Promise<{ name: string; message: string }> =>
  sent.then(
    () => ({ name: 'none', message: 'it was answered' }),
    (error: Error) => error,
  );

const hash = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** Signature Version 4 as the documentation of IAM has it, over what arrived. */
function signatureOf({ request, body }: Received): { given: string | undefined; expected: string; signed: string[]; scope: string } {
  const {
    Credential = '',
    SignedHeaders = '',
    Signature,
  } = Object.fromEntries(
    [...String(request.headers.authorization).matchAll(/(\w+)=([^, ]+)/g)].map(([, key, value]) => [key, value]),
  ) as Record<string, string>;
  const [, ...scopeParts] = Credential.split('/');
  const scope = scopeParts.join('/');
  const signed = SignedHeaders.split(';');
  const canonical = [
    request.method,
    new URL(request.url ?? '', 'https://x').pathname,
    '',
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    SignedHeaders,
    hash(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = scopeParts.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${CREDENTIALS.secretAccessKey}`);
  return { given: Signature, expected: hmac(key, toSign).toString('hex'), signed, scope };
}

describe('a decision', () => {
  it('is posted to the function, and its answer handed back', async () => {
    replies = [answer(200, { accepted: false, says: 'alice asked for it herself', missing: 1 })];
    expect(await send()).toEqual({ accepted: false, says: 'alice asked for it herself', missing: 1 });
    const [{ request, body } = { body: '' }] = received;
    expect([request?.method, request?.url, request?.headers.host]).toEqual(['POST', '/', URL_OF_FUNCTION.host]);
    expect(JSON.parse(body)).toEqual(APPROVAL);
  });

  it('carries a signature of whoever decides, over everything that matters', async () => {
    await send();
    const [one] = received;
    if (!one) throw new Error('nothing arrived');
    const { given, expected, signed, scope } = signatureOf(one);
    expect(given).toBe(expected);
    expect(scope).toBe('20261201/eu-west-1/lambda/aws4_request');
    expect(signed).toEqual(expect.arrayContaining(['content-type', 'host', 'x-amz-date', 'x-amz-security-token']));
    expect(one.request.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
    expect(signatureOf({ ...one, body: one.body.replace('approve', 'reject') }).expected).not.toBe(given);
  });

  it('is not sent when it is none', async () => {
    expect(await problemOf(send({ ...APPROVAL, changeId: '../etc' }))).toMatchObject({ name: 'InvalidInputError' });
    expect(received).toEqual([]);
  });

  it('is repeated, signed anew, over lost answers, faults and throttling', async () => {
    replies = [hangUp, answer(502, 'Internal Server Error'), answer(429, { Message: 'Rate Exceeded.' }), ACCEPTED];
    const timing = new FakeTiming();
    expect(await send(APPROVAL, timing)).toMatchObject({ accepted: true });
    expect(timing.pauses).toEqual([1000, 2000, 4000]);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(received.map(({ request }) => request.headers['x-amz-date'])).toEqual([
      '20261201T020000Z',
      '20261201T020001Z',
      '20261201T020003Z',
      '20261201T020007Z',
    ]);
  });

  it.each([
    ['answers get lost', hangUp],
    ['the function fails', answer(502, 'Internal Server Error')],
  ])('may count when %s for too long, and says that it may be said again', async (_what, reply) => {
    replies = [reply];
    const { name, message } = await problemOf(send());
    expect(name).toBe('ConfigurationError');
    expect(message).toMatch(/whether the decision on change chg-1 counts is not known .*say it again/);
  });

  it('may count when an answer is lost and the next attempt is turned away', async () => {
    replies = [hangUp, answer(403, { Message: 'Forbidden' })];
    expect((await problemOf(send())).message).toMatch(/is not known/);
  });

  it('does not count when no connection was ever made', async () => {
    const refuse = (() =>
      Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: networkError('ECONNREFUSED') }))) as typeof fetch;
    const { name, message } = await problemOf(send(APPROVAL, new FakeTiming(), refuse));
    expect(name).toBe('ConfigurationError');
    expect(message).toMatch(/deciding on change chg-1: AWS cannot be reached.*ECONNREFUSED/);
    expect(message).not.toMatch(/not known/);
  });

  it('is given up when an answer takes longer than the function may run', async () => {
    const waitForever = ((_url: URL, { signal }: RequestInit) => {
      expect(signal).toBeInstanceOf(AbortSignal);
      return Promise.reject(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }) as typeof fetch;
    expect((await problemOf(send(APPROVAL, new FakeTiming(), waitForever))).message).toMatch(/is not known \(TimeoutError/);
  });

  it('is turned away with the rights that are missing', async () => {
    replies = [answer(403, { Message: 'Forbidden. For troubleshooting Function URL authorization issues, see the documentation' })];
    const { name, message } = await problemOf(send());
    expect(name).toBe('ConfigurationError');
    expect(message).toMatch(/lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function "syncshift-decisions" \(Forbidden/);
    expect(received).toHaveLength(1);
  });

  it.each([
    ['The request signature we calculated does not match', /does not accept the credentials/],
    ['The security token included in the request is expired', /credentials have expired; sign in again/],
  ])('is turned away for its signature: %s', async (Message, sentence) => {
    replies = [answer(403, { Message })];
    expect(await problemOf(send())).toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(sentence) });
  });

  it('is refused with the name and the words of the function', async () => {
    replies = [answer(400, { error: { name: 'InvalidInputError', message: 'planHash:\nexpected text' } })];
    expect(await problemOf(send())).toMatchObject({ name: 'InvalidInputError', message: 'planHash: expected text' });
    replies = [answer(403, { error: { name: 'NotIdentified', message: 'the caller is not known to IAM' } })];
    expect(await problemOf(send())).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/the caller is not known/),
    });
    expect(received).toHaveLength(2);
  });

  it.each([
    ['follows no redirect', answer(302, '', { location: 'https://elsewhere.example.com/' }), /not the function.*302/],
    ['believes no page for people', answer(200, '<html>sign in</html>'), /is not the function "syncshift-decisions"/],
    ['believes no answer without a verdict', answer(200, { says: 'yes' }), /is not the function/],
    ['reads no answer without an end', answer(200, 'x'.repeat(300_000)), /the answer does not end/],
  ])('%s', async (_what, reply, sentence) => {
    replies = [reply];
    const { name, message } = await problemOf(send());
    expect(name).toBe('ConfigurationError');
    expect(message).toMatch(sentence);
    expect(received).toHaveLength(1);
  });
});

describe('the address of decisions', () => {
  const aws = mockClient(LambdaClient);
  beforeEach(() => aws.reset());
  const find = () => findDecisionsUrl(new LambdaClient({ region: 'eu-west-1', maxAttempts: 1 }), new FakeTiming(), 'eu-west-1');
  const found = {
    FunctionUrl: URL_OF_FUNCTION.href,
    AuthType: 'AWS_IAM' as const,
    FunctionArn: 'x',
    CreationTime: 'x',
    LastModifiedTime: 'x',
  };

  it('is found by the name of the function, over a throttled answer', async () => {
    aws
      .on(GetFunctionUrlConfigCommand, { FunctionName: 'syncshift-decisions' })
      .rejectsOnce(awsError('TooManyRequestsException', 'x', 429))
      .resolves(found);
    expect((await find()).href).toBe(URL_OF_FUNCTION.href);
  });

  it('is not used when it lets anybody in', async () => {
    aws.on(GetFunctionUrlConfigCommand).resolves({ ...found, AuthType: 'NONE' });
    await expect(find()).rejects.toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(/lets anybody in/) });
  });

  it.each([
    ['ResourceNotFoundException', /no function "syncshift-decisions" with a URL is deployed in eu-west-1.*SYNCSHIFT_DECISIONS_URL/],
    ['AccessDeniedException', /looking for the function that takes decisions: access is denied/],
  ])('is missed in a sentence: %s', async (name, sentence) => {
    aws.on(GetFunctionUrlConfigCommand).rejects(awsError(name));
    await expect(find()).rejects.toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(sentence) });
  });

  it('can be given, and says the region that requests are signed for', () => {
    const given = decisionsUrlOf({ SYNCSHIFT_DECISIONS_URL: ` ${URL_OF_FUNCTION.href} ` });
    expect(given?.href).toBe(URL_OF_FUNCTION.href);
    expect(regionIn(URL_OF_FUNCTION)).toBe('eu-west-1');
    expect(regionIn(new URL('https://abc.lambda-url.cn-north-1.on.amazonwebservices.com.cn/'))).toBe('cn-north-1');
    expect(regionIn(new URL('https://decisions.example.com/'))).toBeUndefined();
    expect(decisionsUrlOf({ SYNCSHIFT_DECISIONS_URL: '' })).toBeUndefined();
  });

  it.each([
    'http://abc123.lambda-url.eu-west-1.on.aws/',
    'https://user:secret@example.com/',
    'https://example.com/?a=1',
    'file:///etc',
    'decisions',
  ])('is not %s', (url) =>
    expect(() => decisionsUrlOf({ SYNCSHIFT_DECISIONS_URL: url })).toThrow(/SYNCSHIFT_DECISIONS_URL: expected an address such as https/),
  );
});
