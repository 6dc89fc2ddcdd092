/** ChatOps as it runs in AWS: Slack before the HTTP API, and behind it the bundles, the queue, the stream and the workflow of the template. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import { databaseOf } from '../../lib/simulator/cluster.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import type { EventSource } from '../support/deployed/event-source.ts';
import { newsOf } from '../support/deployed/news.ts';
import type { Execution } from '../support/deployed/workflow.ts';
import { Deployment } from '../support/deployment.ts';
import { leaksIn, type Planted } from '../support/leaks.ts';
import { type Message, saidIn, visibleIn } from '../support/slack/channels.ts';
import type { Received, SlackRequest } from '../support/slack/outgoing.ts';
import type { Person } from '../support/slack/person.ts';
import { SlackWorkspace } from '../support/slack/workspace.ts';

const TEAM = 'T012AB3C4';
const CHANNEL = 'C012AB3CD';
const COMMON = 'C0COMMON1';
const SLACK = { signingSecret: 'planted+signing/secret=0000000001', botToken: 'xoxb-planted-bot-token-000000002' };
const LOGIN = { username: 'planted-user@example.com', password: 'planted-p4ss"wörd\\+/of=the&api' };
const CHAT_SECRET = 'syncshift/slack';

const freshCluster = () => clusterWith({ relations: { replica: replicaOf(2) } });

type Name = 'gated' | 'open';
let slack: SlackWorkspace;
let aws: Deployment<Name>;
let alice: Person;
let bob: Person;
/** Of Slack. It stands still, so that nothing depends on how fast this machine is. */
let now = new Date();

beforeAll(async () => {
  slack = await SlackWorkspace.open({ team: TEAM, ...SLACK, now: () => now });
  for (const id of [CHANNEL, COMMON]) slack.addChannel({ id });
  alice = slack.addPerson({ id: 'U0ALICE', email: 'alice@example.com' });
  bob = slack.addPerson({ id: 'U0BOB', email: 'bob@example.com' });
  aws = await Deployment.open<Name>({
    members: {
      gated: { cluster: freshCluster(), over: 'rest', approval: { approvers: ['alice', 'bob'] } },
      open: { cluster: freshCluster(), over: 'rest' },
    },
    people: { alice: ['alice@example.com'], bob: ['bob@example.com'] },
    chat: {
      slack: { team: TEAM, credentials: { secretId: CHAT_SECRET }, operators: ['alice'], channel: COMMON, apiUrl: slack.apiUrl },
      notifications: {},
    },
    login: LOGIN,
    credentials: {
      own: { secretAccessKey: 'of-the-function', sessionToken: 'of-the-function' },
      assumed: { secretAccessKey: 'of-the-role', sessionToken: 'of-the-role' },
    },
  });
  aws.aws.secrets.set(CHAT_SECRET, JSON.stringify(SLACK));
  slack.receiverUrl = `${aws.callers.http.url}/slack`;
  now = new Date();
}, 120_000);
afterAll(() => Promise.all([aws?.close(), slack?.close()]));

/** All that may be done about a request; what the receiver asks of AWS for its answer is left out. */
const done = async () => [slack.calls.length, slack.messages.length, aws.started.size, await aws.contents()];
const isOfReceiver = (request: string): boolean => request.includes('"SecretId"') || request.includes('/invocations');

/** Somebody acts, and is answered before anything else is done: what was handed over waits until then. */
async function acts(act: () => Promise<Received>): Promise<Received> {
  await aws.callers.settled();
  const { lambda, requests } = aws.aws;
  lambda.hold();
  const before = { done: await done(), requests: requests.length };
  const received = await act();
  expect(requests.slice(before.requests).filter((request) => !isOfReceiver(request))).toEqual([]);
  expect(await done()).toEqual(before.done);
  lambda.letGo();
  return received;
}

/** The last message that begins a thread. */
function rootIn(channel: string): Message {
  const root = slack.timeline(channel).findLast(({ thread }) => thread === undefined);
  return root ?? expect.fail(`nothing was posted in ${channel}`);
}
const threadOf = ({ channel, ts }: Message): readonly Message[] => slack.thread(channel, ts);
const told = (root: Message): string[] => threadOf(root).map((message) => visibleIn(saidIn(message)));
const whispersTo = (person: Person): string[] => person.whispers.map(({ text }) => text);

/** A command is taken, and what it begins has begun. */
async function gives(person: Person, words: string): Promise<{ root: Message; changeId: string }> {
  const { status, body } = await acts(() => person.types(`/syncshift ${words}`, CHANNEL));
  expect([status, body]).toEqual([200, expect.stringContaining('on it')]);
  await aws.callers.settled();
  return { root: rootIn(CHANNEL), changeId: [...aws.started.keys()].at(-1) ?? '' };
}

async function end(changeId: string): Promise<Execution> {
  const execution = await aws.started.get(changeId);
  return execution ?? expect.fail(`no execution of ${changeId} was started`);
}

/** The message that asks for a decision, once the change sleeps. */
async function questionOf(changeId: string, root: Message): Promise<Message> {
  const ended = end(changeId).then(({ cause }) => Promise.reject(new Error(`it did not sleep: ${cause}`)));
  await Promise.race([(await aws.running(changeId)).asleep, ended]);
  ended.catch(() => undefined);
  await aws.callers.settled();
  const question = threadOf(root).find((message) => JSON.stringify(saidIn(message).blocks).includes('"actions"'));
  return question ?? expect.fail('nobody is asked');
}

const sourceOf = (name: string): EventSource => {
  const source = aws.callers.sources.find(({ functionName }) => functionName.includes(name));
  return source ?? expect.fail(`the stream is not read by ${name}`);
};

const newsAbout = (changeId: string): string[] => newsOf(changeId, aws.aws.topics.published);

async function expectEnded(changeId: string, outcome: Outcome): Promise<void> {
  expect((await aws.store().get(changeId))?.report?.outcome).toBe(outcome);
  expect(await aws.store().locks()).toEqual([]);
}
const modeIn = async (name: Name): Promise<string> => databaseOf(await aws.fleet.state(name), 7).syncerMode;

describe('a request that is not from Slack', () => {
  it('is turned away at the address, and the worker hears nothing of it', async () => {
    const request = slack.signed('commands', new URLSearchParams({ command: '/syncshift', team_id: TEAM, text: 'status' }).toString());
    const forged = { ...request, headers: { ...request.headers, 'X-Slack-Signature': `v0=${'0'.repeat(64)}` } };
    const other = { ...request, url: request.url.replace('/slack', '/elsewhere') };
    for (const [sent, status] of [
      [forged, 401],
      [{ ...request, body: `${request.body}&` }, 401],
      [other, 404],
    ] as const)
      expect((await acts(() => slack.deliver(sent))).status).toBe(status);
    expect((await fetch(request.url)).status).toBe(404);
    expect(aws.aws.lambda.invocations).toEqual([]);
  });
});

describe('a change that is asked for in Slack', { timeout: 60_000 }, () => {
  it('is shown, approved by another person than who asked, applied and told, over every part of the stack', async () => {
    const { root, changeId } = await gives(alice, 'apply gated/orders --to distributed --reason "CHG-1234"');
    const question = await questionOf(changeId, root);
    expect(visibleIn(saidIn(question))).toContain('CHG-1234');
    expect(await modeIn('gated')).toBe('centralized');

    expect(await acts(() => alice.presses(question.ts, 'approve'))).toMatchObject({ status: 200, body: '' });
    await aws.callers.settled();
    expect(whispersTo(alice).at(-1)).toContain('alice asked for it and may not approve it');
    expect((await aws.store().gate(changeId))?.status).toBe('waiting');

    await acts(() => bob.presses(question.ts, 'approve'));
    expect(await end(changeId)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'applied' } });
    await aws.callers.settled();
    await expectEnded(changeId, 'applied');
    expect(await modeIn('gated')).toBe('distributed');
    expect(told(root)).toEqual([
      expect.stringMatching(/applied.*CHG-1234/),
      expect.stringMatching(/Approved.*replica_sync_dist.*approved by bob/s),
      expect.stringMatching(/Progress.*Verify info: done/s),
      expect.stringMatching(/applied.*Replication health verified/s),
    ]);
    expect(JSON.stringify(threadOf(root).map(saidIn))).not.toContain('"button"');
    expect(slack.timeline(CHANNEL)).toEqual([root]);
    expect(newsAbout(changeId)).toEqual(['approval-requested', 'decision-refused', 'approved', 'change-begun', 'change-ended']);
  });
});

describe('Slack, when it is down while changes run', { timeout: 60_000 }, () => {
  it('keeps none of them from ending, and is told everything once it is back, in order and once', async () => {
    const before = slack.messages.length;
    const [follower, notifier] = [sourceOf('chatfollower'), sourceOf('notifier')];
    aws.onStart = () => void slack.goDown();
    const elsewhere = 'chg-asked-for-elsewhere';
    expect((await acts(() => alice.types('/syncshift rollback gated/orders --reason CHG-1235', CHANNEL))).status).toBe(200);
    await expect.poll(() => aws.started.size, { timeout: 20_000 }).toBe(2);
    const [, changeId = ''] = aws.started.keys();
    const ended = await Promise.all([end(changeId), aws.change(elsewhere, 'open')]);
    expect(ended.map(({ output }) => output)).toEqual(Array(2).fill(expect.objectContaining({ outcome: 'applied' })));
    for (const each of [changeId, elsewhere]) await expectEnded(each, 'applied');
    expect([await modeIn('gated'), await modeIn('open')]).toEqual(['centralized', 'distributed']);
    await expect.poll(() => [follower.failures > 0, notifier.isIdle], { timeout: 20_000 }).toEqual([true, true]);
    for (const each of [changeId, elsewhere]) expect(newsAbout(each)).toEqual(['change-planned', 'change-begun', 'change-ended']);
    expect(slack.messages.length - before).toBe(1);

    aws.onStart = () => {};
    await slack.comeBack();
    await aws.callers.settled();
    for (const channel of [CHANNEL, COMMON])
      expect(told(rootIn(channel))).toEqual([
        expect.stringContaining('applied'),
        expect.stringContaining('Commands'),
        expect.stringMatching(/Progress.*done/s),
        expect.stringMatching(/applied.*before.*after/s),
      ]);
    expect(slack.messages.length - before).toBe(8);
    expect(slack.callsOf('chat.postMessage').length).toBe(slack.messages.length);
  });
});

describe('a rejection', () => {
  it('is given with its reason in a form, ends the change without a write, and is told over a topic that takes nothing at first', async () => {
    // More than one run of the notifier tries by itself.
    aws.aws.topics.refusals = 5;
    const { root, changeId } = await gives(alice, 'apply gated/orders --to distributed');
    const question = await questionOf(changeId, root);
    await acts(() => bob.presses(question.ts, 'reject'));
    await aws.callers.settled();
    const form = bob.form ?? expect.fail('no form was opened');
    expect((await acts(() => bob.submits(form, { reason: ' ' }))).body).toContain('A rejection needs a reason.');
    expect(await acts(() => bob.submits(form, { reason: 'not during the sale' }))).toMatchObject({ status: 200, body: '' });
    expect(form.isOpen).toBe(false);
    expect(await end(changeId)).toMatchObject({
      status: 'FAILED',
      error: 'Rejected',
      cause: expect.stringContaining('not during the sale'),
    });
    await aws.callers.settled();
    await expectEnded(changeId, 'rejected');
    expect(told(root).at(-1)).toMatch(/rejected.*bob.*not during the sale/s);
    expect(newsAbout(changeId)).toEqual(['approval-requested', 'rejected', 'change-ended']);
    expect([sourceOf('notifier').failures, aws.aws.topics.refusals]).toEqual([1, 0]);
    expect(await modeIn('gated')).toBe('centralized');
  });
});

describe('what is asked of clusters and of records', () => {
  it('is read by the function that can reach clusters, and shown in a thread, failures by their name', async () => {
    expect(told((await gives(alice, 'inspect gated')).root).at(-1)).toMatch(/orders.*centralized/s);
    expect(told((await gives(bob, 'inspect gated/nowhere')).root).at(-1)).toMatch(/nowhere.*PreconditionFailedError/);
    const asked = aws.aws.lambda.invocations.filter(({ type }) => type === 'RequestResponse');
    expect(asked.map(({ payload }) => payload)).toEqual([{ cluster: 'gated' }, { cluster: 'gated', database: 'nowhere' }]);
  });

  it('is answered once Slack can be asked who asked, and is kept for operators when that takes too long', async () => {
    const { deadLetters } = aws.aws.lambda;
    const broken = { error: 'internal_error' };
    slack.nextAnswers('users.info', broken);
    await gives(alice, 'status');
    expect(whispersTo(alice).slice(-2)).toEqual([expect.stringContaining('did not work yet'), expect.stringContaining('rejected')]);
    expect(deadLetters).toEqual([]);
    slack.nextAnswers('users.info', broken, broken, broken);
    await gives(alice, 'status');
    expect(deadLetters).toMatchObject([{ attempts: 3, payload: { kind: 'command', command: { verb: 'status' } } }]);
  });
});

/** The same request again, as Slack sends it when it did not hear the answer. */
const repeated = (request: SlackRequest): SlackRequest => ({
  ...request,
  headers: { ...request.headers, 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' },
});

describe('a request that Slack delivers twice', () => {
  it('is acted on once, whether both are under way or the first is long done', async () => {
    const { invocations } = aws.aws.lambda;
    const before = { started: aws.started.size, threads: slack.timeline(CHANNEL).length, invocations: invocations.length };
    await acts(async () => {
      const first = await alice.types('/syncshift plan gated/orders --to distributed', CHANNEL);
      const again = await Promise.all(slack.sent.slice(-1).map((request) => slack.deliver(repeated(request))));
      expect(again.map(({ status }) => status)).toEqual([200]);
      expect(invocations.length - before.invocations).toBe(2);
      return first;
    });
    await aws.callers.settled();
    const [changeId = ''] = [...aws.started.keys()].slice(before.started);
    expect(await end(changeId)).toMatchObject({ output: { outcome: 'planned' } });
    await aws.callers.settled();
    expect([aws.started.size - before.started, slack.timeline(CHANNEL).length - before.threads]).toEqual([1, 1]);

    const seen = await Promise.all([done(), aws.fleet.state('gated')]);
    const handed = invocations.length;
    for (const request of slack.sent) expect((await slack.deliver(repeated(request))).status).toBe(200);
    await aws.callers.settled();
    expect(invocations.length - handed).toBeGreaterThan(8);
    expect(await Promise.all([done(), aws.fleet.state('gated')])).toEqual(seen);
  });
});

/** Whoever knows one of these addresses may write there. They are unlike by their path. */
const answerAddresses = (): string[] =>
  slack.sent.flatMap(({ body }) => {
    const form = new URLSearchParams(body);
    const { response_url: url } = JSON.parse(form.get('payload') ?? '{}') as { response_url?: string };
    return [form.get('response_url') ?? url].flatMap((address) => (address === undefined ? [] : [new URL(address).pathname]));
  });

describe('secrets of chat', () => {
  it('are seen where they have to be, and nowhere else', async () => {
    const changeIds = [...aws.started.keys()];
    const executions = await Promise.all(aws.started.values());
    const tokens = (await Promise.all(changeIds.map((changeId) => aws.running(changeId)))).flatMap((running) => running.tokens);
    const addresses = answerAddresses();
    const numbered = (what: string, all: string[]): Planted => Object.fromEntries(all.map((each, at) => [`${what} ${at + 1}`, each]));
    const planted: Planted = { ...SLACK, password: LOGIN.password, ...numbered('token', tokens), ...numbered('address', addresses) };
    expect([tokens.length, addresses.length]).toEqual([2, 11]);

    const isPayload = ({ state, json }: { state: string; json: string }): boolean => state === 'Approval gate' && json.includes('"token":');
    const data = executions.flatMap((execution) => execution.data);
    const items = JSON.parse(await aws.contents()) as Record<string, unknown>[];
    const files = slack.messages.flatMap((message) => message.files);
    const places = {
      logs: aws.logs,
      'calls of Slack': JSON.stringify(slack.calls.map(({ method, args }) => [method, args])),
      messages: JSON.stringify([slack.messages, files]),
      whispers: JSON.stringify(slack.whispers),
      forms: JSON.stringify(slack.views),
      notifications: JSON.stringify(aws.aws.topics.published),
      events: JSON.stringify(aws.aws.events),
      stream: JSON.stringify(aws.callers.sources.flatMap(({ handed }) => handed)),
      records: JSON.stringify(await Promise.all(changeIds.map((changeId) => aws.store().get(changeId)))),
      table: JSON.stringify(items.filter((item) => !('taskToken' in item))),
      'inputs and outputs of states': JSON.stringify(data.filter((each) => !isPayload(each))),
      'ends of executions': JSON.stringify(executions.map(({ data: _data, ...ended }) => ended)),
      answers: JSON.stringify(aws.callers.http.exchanges),
      traces: aws.aws.segments.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) expect(text.length, place).toBeGreaterThan(500);
    expect(leaksIn(places, planted)).toEqual([]);

    const given = {
      secrets: JSON.stringify([...aws.aws.secrets.values()]),
      'kept tokens': JSON.stringify(items.filter((item) => 'taskToken' in item)),
      requests: JSON.stringify(slack.sent.map(({ body }) => decodeURIComponent(body))),
    };
    const found = leaksIn(given, planted).map((leak) => leak.split(',')[0]);
    expect(found.sort()).toEqual(
      [
        ...['signingSecret', 'botToken', 'password'].map((what) => `secrets: ${what}`),
        ...tokens.map((_token, at) => `kept tokens: token ${at + 1}`),
        ...addresses.map((_address, at) => `requests: address ${at + 1}`),
      ].sort(),
    );
    expect(slack.calls.every(({ token = SLACK.botToken }) => token === SLACK.botToken)).toBe(true);
    expect(aws.fleet.rest.get('gated')?.signIn).toMatchObject({ failures: 0, locked: false });
  });
});
