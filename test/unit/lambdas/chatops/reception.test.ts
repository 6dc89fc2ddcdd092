import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SlackResponse } from '../../../../lambdas/chatops/reception.ts';
import { StepError } from '../../../../lambdas/contracts/errors.ts';
import {
  buttonPressed,
  formOf,
  makeDesk,
  NOW,
  PLAN,
  payloadForm,
  RESPONSE_URL,
  reasonGiven,
  SIGNING_SECRET,
  signedRequest,
  slashCommand,
} from './slack-requests.ts';

const APPLY = 'apply eu-west/orders --to distributed';
const command = (text: string, fields?: Record<string, string>) => formOf(slashCommand(text, fields));
const approve = payloadForm(buttonPressed('approve', JSON.stringify(PLAN)));
const secondsFromNow = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const whisperOf = ({ status, body }: SlackResponse): string => {
  const { response_type, text } = JSON.parse(body);
  expect([status, response_type]).toEqual([200, 'ephemeral']);
  return text;
};

describe('receive', () => {
  it('hands a command over and says where its answer comes', async () => {
    const { send, tasks } = makeDesk();
    const said = whisperOf(await send(signedRequest(command(APPLY))));
    expect(said).toBe(`\`/syncshift ${APPLY}\`: on it, the answer comes in a thread here, or to you alone when nothing can be done.`);
    expect(tasks).toMatchObject([{ kind: 'command', at: '2026-03-02T09:30:00.000Z', command: { verb: 'apply' } }]);
  });

  it.each(['status', 'cancel orders-1'])('says that the answer to %j is private', async (text) => {
    const { send, tasks } = makeDesk();
    expect(whisperOf(await send(signedRequest(command(text))))).toContain('only you see it');
    expect(tasks).toHaveLength(1);
  });

  it('repeats nothing of a command that Slack would act on', async () => {
    const { send } = makeDesk();
    const said = whisperOf(await send(signedRequest(command('cancel orders-1 --reason "&lt;!channel&gt; `x` <!here>"'))));
    expect(said).not.toMatch(/[<>]/);
    expect(said.match(/`/g)).toHaveLength(2);
  });

  it.each(['', 'help', 'aply eu-west/orders'])('answers %j at once, and hands nothing over', async (text) => {
    const { send, tasks } = makeDesk();
    expect(whisperOf(await send(signedRequest(command(text))))).toContain('/syncshift');
    expect(tasks).toEqual([]);
  });

  it.each([
    ['a button', approve, 'decision'],
    ['a button that needs a reason', payloadForm(buttonPressed('reject', JSON.stringify(PLAN))), 'ask-reason'],
    ['a form', payloadForm(reasonGiven('not now')), 'decision'],
  ])('hands %s over and says nothing', async (_what, body, kind) => {
    const { send, tasks } = makeDesk();
    expect(await send(signedRequest(body))).toMatchObject({ status: 200, body: '' });
    expect(tasks).toMatchObject([{ kind, ...PLAN }]);
  });

  it('shows a form again whose reason is blank', async () => {
    const { send, tasks } = makeDesk();
    const { status, headers, body } = await send(signedRequest(payloadForm(reasonGiven(' '))));
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({ response_action: 'errors', errors: { reason: 'A rejection needs a reason.' } });
    expect(tasks).toEqual([]);
  });

  it('hands a repeated delivery over under the same id', async () => {
    const { send, tasks } = makeDesk();
    await send(signedRequest(command(APPLY)));
    await send(
      signedRequest(command(APPLY), {
        at: secondsFromNow(10),
        headers: { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' },
      }),
    );
    expect(tasks).toHaveLength(2);
    expect(tasks[1]?.id).toBe(tasks[0]?.id);
  });

  it('does nothing about interactions that are not ours, and about a look at the certificate', async () => {
    const { send, tasks } = makeDesk();
    for (const body of [
      payloadForm(buttonPressed('link', '')),
      payloadForm({ type: 'view_closed', team: { id: 'T012AB3C4' } }),
      'ssl_check=1&token=x',
    ])
      expect(await send(signedRequest(body))).toMatchObject({ status: 200, body: '' });
    expect(tasks).toEqual([]);
  });

  it('finds headers in any case', async () => {
    const { send } = makeDesk();
    const { headers, ...request } = signedRequest(command('status'));
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    expect(await send({ ...request, headers: lower })).toMatchObject({ status: 200 });
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value].flat().filter((each) => each !== undefined)]),
    );
    expect(await send({ ...request, headers: upper })).toMatchObject({ status: 200 });
  });
});

describe('a request that is abused', () => {
  const signed = signedRequest(command(APPLY));
  const tampered = signedRequest(command(APPLY)).rawBody.toString().replace('eu-west', 'us-east');
  const with_ = (headers: Record<string, string | string[] | undefined>) => ({ ...signed, headers: { ...signed.headers, ...headers } });
  const signature = String(signed.headers['X-Slack-Signature']);

  it.each([
    ['by GET', { ...signed, method: 'GET' }, 405],
    ['with a body that is too large', signedRequest('x'.repeat(100_001)), 413],
    ['with a body that is too large and not signed', { ...signed, rawBody: Buffer.alloc(100_001) }, 413],
    ['with another signature', with_({ 'X-Slack-Signature': `v0=${'0'.repeat(64)}` }), 401],
    ['signed with another secret', signedRequest(command(APPLY), { secret: 'another' }), 401],
    ['with another body', { ...signed, rawBody: Buffer.from(tampered) }, 401],
    ['without a body', { ...signed, rawBody: Buffer.alloc(0) }, 401],
    ['without headers', { ...signed, headers: {} }, 401],
    ['without a signature', with_({ 'X-Slack-Signature': undefined }), 401],
    ['without a moment', with_({ 'X-Slack-Request-Timestamp': undefined }), 401],
    ['six minutes old', signedRequest(command(APPLY), { at: secondsFromNow(-360) }), 401],
    ['six minutes from the future', signedRequest(command(APPLY), { at: secondsFromNow(360) }), 401],
    ['with two signatures', with_({ 'X-Slack-Signature': [signature, signature] }), 401],
    ['with two signatures that were joined', with_({ 'X-Slack-Signature': `${signature},${signature}` }), 401],
    ['with two signatures under names of different case', with_({ 'x-slack-signature': signature }), 401],
    ['with two moments', with_({ 'x-slack-request-timestamp': '1' }), 401],
    ['without a type', with_({ 'Content-Type': undefined }), 415],
    ['as JSON', with_({ 'Content-Type': 'application/json' }), 415],
    ['as a form of another kind', with_({ 'Content-Type': 'application/x-www-form-urlencoded-2' }), 415],
    ['of bytes that are no text', signedRequest(Buffer.from([0xff, 0xfe, 0x00, 0x80])), 400],
    ['that is no form of Slack', signedRequest('a=b'), 403],
    ['of nothing', signedRequest(''), 403],
    ['of another workspace', signedRequest(command(APPLY, { team_id: 'T999' })), 403],
    [
      'of another workspace, at a button',
      signedRequest(payloadForm(buttonPressed('approve', JSON.stringify(PLAN), { team: { id: 'T999' } }))),
      403,
    ],
    ['with a foreign address for answers', signedRequest(command(APPLY, { response_url: 'https://evil.example/' })), 400],
    ['with another value of a button', signedRequest(payloadForm(buttonPressed('approve', '{"changeId":"x"}'))), 400],
    ['with a payload that is no JSON', signedRequest(formOf({ payload: '{' })), 400],
  ])('%s: nothing is handed over', async (_how, request, status) => {
    const { send, tasks, lines } = makeDesk();
    const response = await send(request);
    expect(response).toMatchObject({ status, body: expect.stringMatching(/^[^<>{}\n]{5,80}$/) });
    expect(tasks).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it('is measured before anything else is done with it', async () => {
    const { send } = makeDesk({ signingSecret: () => expect.fail('the secret was read') });
    expect(await send(signedRequest('x'.repeat(100_001)))).toMatchObject({ status: 413 });
  });

  it('is not asked what it is while its signature is wrong', async () => {
    const { send } = makeDesk();
    expect(await send(signedRequest('ssl_check=1', { secret: 'another' }))).toMatchObject({ status: 401 });
    expect(await send(signedRequest(command('help', { team_id: 'T999' }), { secret: 'another' }))).toMatchObject({ status: 401 });
  });

  it('is answered, and never an error, whatever is signed', async () => {
    const part = fc.constantFrom(
      'payload=',
      'team_id=T012AB3C4',
      '&',
      '%',
      '%7B',
      '%FF',
      '{"type":"block_actions"}',
      '[',
      '\0',
      'text=help',
      'response_url=//',
      '=',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc.array(part).map((parts) => Buffer.from(parts.join(''))),
        ),
        async (body) => {
          const { send, tasks } = makeDesk();
          expect((await send(signedRequest(body))).status).toBeLessThan(500);
          expect(tasks).toEqual([]);
        },
      ),
    );
  });
});

describe('a fault on our side', () => {
  const failing = (error: Error) => ({ handOver: () => Promise.reject(error) });

  it('in handing a command over is told to whoever gave it', async () => {
    const { send, lines } = makeDesk(failing(new Error(`no answer to {"responseUrl":"${RESPONSE_URL}"}`)));
    const said = whisperOf(await send(signedRequest(command(APPLY))));
    expect(said).toContain('could not be taken up');
    expect(said).toContain('nothing was started');
    expect(lines).toEqual([expect.stringContaining('could not be handed over')]);
    expect(lines.join()).not.toContain(RESPONSE_URL);
  });

  it.each([approve, payloadForm(reasonGiven('no'))])('in handing an interaction over is a status that Slack shows', async (body) => {
    const { send } = makeDesk(failing(new Error('down')));
    expect(await send(signedRequest(body))).toMatchObject({ status: 503 });
  });

  it('in reading the secret is a status without details, and a line in the log', async () => {
    const { send, lines } = makeDesk({
      signingSecret: () => Promise.reject(new StepError('ClusterAccessError', 'the secret syncshift/slack cannot be read: AccessDenied')),
    });
    const { status, body } = await send(signedRequest(command(APPLY)));
    expect([status, body]).toEqual([500, 'a fault on this side']);
    expect(lines).toEqual([expect.stringContaining('the secret syncshift/slack cannot be read')]);
  });

  it('that nobody foresaw is logged by its name only', async () => {
    const { send, lines } = makeDesk({ signingSecret: () => Promise.reject(new TypeError(`cannot use ${SIGNING_SECRET}`)) });
    expect(await send(signedRequest(command(APPLY)))).toMatchObject({ status: 500 });
    expect(lines).toEqual(['a request could not be taken in {"errorName":"TypeError"}']);
  });

  it('or none leaves secrets and addresses out of the log', async () => {
    const { send, lines } = makeDesk();
    for (const body of [command(APPLY), command(APPLY, { response_url: 'https://evil.example/' }), approve])
      await send(signedRequest(body));
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toMatch(/https:|gIkuvaNzQIHg97ATvDxqgjtO|8f742231/);
  });
});
