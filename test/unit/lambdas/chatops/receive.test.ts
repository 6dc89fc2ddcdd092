import { describe, expect, it } from 'vitest';
import { handler, takeRequest } from '../../../../lambdas/chatops/receive.ts';
import type { SlackRequest } from '../../../../lambdas/chatops/reception.ts';
import { formOf, makeDesk, signedRequest, slashCommand } from './slack-requests.ts';

/** A request as an HTTP API hands it on, payload format 2.0. */
const httpApiEvent = ({ method, headers, rawBody }: SlackRequest, isBase64Encoded = false): object => ({
  version: '2.0',
  routeKey: 'POST /slack',
  rawPath: '/slack',
  rawQueryString: '',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
  requestContext: { accountId: 'anonymous', http: { method, path: '/slack', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' } },
  body: rawBody.toString(isBase64Encoded ? 'base64' : 'utf8'),
  isBase64Encoded,
});
const status = signedRequest(formOf(slashCommand('status')));

describe('takeRequest', () => {
  it.each([false, true])('takes in what the HTTP API hands on (base64: %s)', async (isBase64Encoded) => {
    const { desk, tasks } = makeDesk();
    const response = await takeRequest(httpApiEvent(status, isBase64Encoded), async () => desk);
    expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(JSON.parse(response.body)).toMatchObject({ response_type: 'ephemeral' });
    expect(tasks).toMatchObject([{ command: { verb: 'status' } }]);
  });

  it('refuses a body that is called base64 and is not', async () => {
    const { desk } = makeDesk();
    expect(await takeRequest({ ...httpApiEvent(status), isBase64Encoded: true }, async () => desk)).toMatchObject({ statusCode: 401 });
  });

  it('refuses a request without a body', async () => {
    const { desk } = makeDesk();
    expect(await takeRequest({ ...httpApiEvent(status), body: undefined }, async () => desk)).toMatchObject({ statusCode: 401 });
  });

  it('opens no desk for what is no request', async () => {
    for (const event of [undefined, {}, { requestContext: {} }, { Records: [] }])
      expect(await takeRequest(event, () => expect.fail('a desk was opened'))).toMatchObject({ statusCode: 400 });
  });
});

describe('handler', () => {
  it('fails where nothing was deployed that it needs, for an alarm to see', async () => {
    await expect(handler(httpApiEvent(status), {} as Parameters<typeof handler>[1], undefined as never)).rejects.toMatchObject({
      name: 'ClusterAccessError',
    });
  });
});
