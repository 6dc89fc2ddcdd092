/** Approval gates as they run in AWS: executions that sleep at a token, and people who decide at the address of a function. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../lambdas/contracts/deployment.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { databaseOf } from '../../lib/simulator/cluster.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { type Caller, type UrlRequest, urlEvent } from '../support/deployed/function-url.ts';
import { added, metricsIn } from '../support/deployed/metrics.ts';
import type { Circumstances, Execution } from '../support/deployed/workflow.ts';
import { Deployment } from '../support/deployment.ts';
import { leaksIn } from '../support/leaks.ts';

const freshCluster = () => clusterWith({ relations: { replica: replicaOf(2) } });
const APPROVAL = { required: true, approvers: ['alice', 'bob', 'carol'], breakGlass: ['carol'] };

const ALICE = 'arn:aws:iam::111111111111:user/alice';
const BOB = 'arn:aws:iam::111111111111:user/operators/bob';
const CAROL = 'arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Operators_0123456789abcdef/carol@example.com';
/** Whoever takes on a role of this kind chooses the name of the session. */
const CALLS_HIMSELF_BOB = 'arn:aws:sts::111111111111:assumed-role/deployment/bob';

type Name = 'gated' | 'open';
let aws: Deployment<Name>;
beforeAll(async () => {
  aws = await Deployment.open<Name>({
    members: {
      gated: { cluster: freshCluster(), over: 'rest', approval: APPROVAL },
      open: { cluster: freshCluster(), over: 'rest' },
    },
    people: { carol: ['carol@example.com'] },
    login: { username: 'syncshift@example.com', password: 'of-the-api' },
    credentials: {
      own: { secretAccessKey: 'of-the-function', sessionToken: 'of-the-function' },
      assumed: { secretAccessKey: 'of-the-role', sessionToken: 'of-the-role' },
    },
  });
}, 120_000);
afterAll(() => aws?.close());

interface Response {
  readonly statusCode: number;
  readonly body: string;
}

/** Everything that was answered to anybody. */
const answers: string[] = [];
const executions: Execution[] = [];
const changeIds: string[] = [];

async function call(caller: Caller, request: UrlRequest): Promise<{ status: number; document: Record<string, unknown> }> {
  const response = (await aws.invoke(aws.synthesis.decisions, urlEvent(caller, request))) as Response;
  answers.push(JSON.stringify(response));
  return { status: response.statusCode, document: JSON.parse(response.body) as Record<string, unknown> };
}

async function say(caller: Caller, message: object, request: UrlRequest = {}) {
  const { status, document } = await call(caller, { body: JSON.stringify(message), ...request });
  expect(status, JSON.stringify(document)).toBe(200);
  return document;
}

/** Begins a change that alice asks for, of a new cluster, and waits until it sleeps at its gate. */
async function atGate(changeId: string, request: Partial<ChangeRequestInput> = {}, how?: Circumstances) {
  await aws.fleet.replace('gated', freshCluster());
  changeIds.push(changeId);
  const execution = aws.change(changeId, 'gated', { requestedBy: 'alice', reason: 'CHG-1234', ...request }, how);
  const running = await aws.running(changeId);
  await Promise.race([running.asleep, execution.then(({ cause }) => Promise.reject(new Error(`it did not sleep: ${cause}`)))]);
  const planHash = (await aws.store().gate(changeId))?.request.plan.hash;
  const ended = async (): Promise<Execution> => {
    const end = await execution;
    executions.push(end);
    return end;
  };
  return { running, planHash, ended, approve: { action: 'approve', changeId, planHash } as const };
}

const reportOf = async (changeId: string) => (await aws.store().get(changeId))?.report;
const decisionsOn = async (changeId: string) =>
  ((await aws.store().get(changeId))?.timeline ?? []).flatMap((event) =>
    event.type === 'decision' ? [{ by: event.by, verdict: event.verdict, refused: event.refused }] : [],
  );

async function expectUntouched(): Promise<void> {
  const { commands } = await aws.fleet.state('gated');
  expect(commands.filter(({ argv }) => argv[0] === 'PUT')).toEqual([]);
  expect(await aws.store().locks()).toEqual([]);
}

/** What was sent to Step Functions about tokens, in order. */
const sentTokens = (): string[] => aws.aws.requests.filter((request) => request.includes('"taskToken"'));

describe('a change that needs an approval', () => {
  it('sleeps, shows its plan to whoever looks, and is applied once another person approves', async () => {
    const { planHash, approve, ended } = await atGate('chg-approved');
    await expectUntouched();
    expect(await say(BOB, { action: 'look', changeId: 'chg-approved' })).toMatchObject({
      accepted: true,
      gate: { status: 'waiting', request: { requestedBy: 'alice', reason: 'CHG-1234', plan: { hash: planHash } } },
    });
    expect(await say(BOB, approve)).toMatchObject({ accepted: true, says: expect.stringContaining('approved by bob') });
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'applied', plan: { hash: planHash } } });
    expect(databaseOf(await aws.fleet.state('gated'), 7).syncerMode).toBe('distributed');
    expect(await say(CAROL, approve)).toEqual({ accepted: false, says: 'change chg-approved has ended: applied' });
  });

  it('ends rejected once somebody rejects it, for the reason that they give', async () => {
    const { approve, ended } = await atGate('chg-rejected');
    expect(await say(BOB, { ...approve, action: 'reject', reason: 'not tonight' })).toMatchObject({ accepted: true });
    expect(await ended()).toMatchObject({
      status: 'FAILED',
      error: 'Rejected',
      cause: expect.stringContaining('bob rejected the plan: not tonight'),
    });
    expect((await reportOf('chg-rejected'))?.outcome).toBe('rejected');
    await expectUntouched();
  });

  it('ends expired when nobody decides in time, and takes no decision from then on', async () => {
    const { running, approve, ended } = await atGate('chg-expired');
    running.timeOut();
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'Expired' });
    expect(await say(BOB, approve)).toEqual({ accepted: false, says: 'change chg-expired has ended: expired' });
    await expectUntouched();
  });

  it('counts only those who may approve, each once, and goes on with the last that it needs', async () => {
    const { approve, ended, running } = await atGate('chg-two', { approval: { approvals: 2 } });
    const before = sentTokens().length;
    expect(await say(BOB, { ...approve, planHash: 'f'.repeat(64) })).toMatchObject({
      accepted: false,
      says: expect.stringContaining('look at it again'),
    });
    expect(await say(ALICE, approve)).toEqual({ accepted: false, says: 'alice asked for it and may not approve it' });
    expect(await say(CALLS_HIMSELF_BOB, approve)).toMatchObject({
      accepted: false,
      says: expect.stringContaining('not among the approvers'),
    });
    expect(await say(BOB, approve)).toMatchObject({ accepted: true, says: expect.stringContaining('1 more person has to approve') });
    expect(await say(BOB, approve)).toMatchObject({ accepted: false, says: expect.stringContaining('it counts once') });
    expect([sentTokens().length - before, running.stopped.aborted]).toEqual([0, false]);
    await expectUntouched();
    // As a body travels unless its content type is one of text.
    expect(await say(CAROL, approve, { encoded: true })).toMatchObject({ accepted: true });
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'applied' } });
    const counted = (await decisionsOn('chg-two')).filter(({ refused }) => refused === undefined);
    expect(counted.map(({ by }) => by)).toEqual(['bob', 'carol']);
    expect(await decisionsOn('chg-two')).toHaveLength(6);
  });
});

describe('a decision that the workflow did not hear of', () => {
  it('is told again by the next one, which does not count', async () => {
    const { approve, ended, running } = await atGate('chg-unheard');
    const [token = ''] = running.tokens;
    await aws.store().keepToken('chg-unheard', `${token}-of-another-attempt`);
    expect(await say(BOB, approve)).toMatchObject({ accepted: true });
    await expectUntouched();
    await aws.store().keepToken('chg-unheard', token);
    expect(await say(BOB, approve)).toMatchObject({ accepted: false, says: expect.stringContaining('approved already, by bob') });
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'applied' } });
  });

  it('is told in vain when the token is used, which whoever decides does not notice', async () => {
    const { approve, ended } = await atGate('chg-used', {}, { stopAt: { state: 'Begin change', when: 'entered' } });
    expect(await say(BOB, approve)).toMatchObject({ accepted: true });
    expect((await ended()).status).toBe('ABORTED');
    const before = sentTokens().length;
    expect(await say(BOB, approve)).toMatchObject({ accepted: false, says: expect.stringContaining('approved already, by bob') });
    expect(sentTokens().length - before).toBe(1);
  });
});

describe('a change that is cancelled', () => {
  it('while it waits for an approval ends refused', async () => {
    const { ended } = await atGate('chg-cancelled');
    expect(await say(ALICE, { action: 'cancel', changeId: 'chg-cancelled', reason: 'wrong database' })).toMatchObject({ accepted: true });
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'alice asked for this change to stop' });
    expect(await reportOf('chg-cancelled')).toMatchObject({ outcome: 'refused', error: { name: 'ChangeCancelledError' } });
    await expectUntouched();
  });

  it('while it waits for its window is stopped, and its end is recorded by the recovery', async () => {
    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    const window = { opensAt, closesAt: new Date(Date.now() + 36_000_000).toISOString() };
    const execution = aws.change('chg-early', 'open', { window }, { sleeps: true });
    const timeline = async () => (await aws.store().get('chg-early'))?.timeline;
    await expect.poll(timeline, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ type: 'step-ended', step: 'Change window' }));
    expect(await say(ALICE, { action: 'cancel', changeId: 'chg-early' })).toMatchObject({ accepted: true });
    expect(await execution).toMatchObject({ status: 'ABORTED', error: 'ChangeCancelled', cause: 'alice asked for this change to stop' });
    expect(await aws.recover('chg-early', 'ABORTED', 'recovery-1')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await reportOf('chg-early')).toMatchObject({ outcome: 'refused', error: { name: 'ChangeCancelledError' } });
  });
});

describe('somebody who lets a change through alone', () => {
  it('is counted under the name that the alarm looks for', async () => {
    const { approve, ended } = await atGate('chg-glass', { approval: { approvals: 2 } });
    const before = metricsIn(aws.logs);
    const alone = { ...approve, action: 'break-glass', reason: 'the other one is ill' };
    expect(await say(BOB, alone)).toMatchObject({ accepted: false, says: expect.stringContaining('not among those who may') });
    const isGlass = ({ id }: { id: string }): boolean => id.includes(METRICS.glassBroken);
    expect(added(before, metricsIn(aws.logs)).filter(isGlass)).toEqual([]);
    expect(await say(CAROL, alone)).toMatchObject({ accepted: true });
    const [id] = aws.synthesis.alarms.GlassBroken ?? [];
    expect(added(before, metricsIn(aws.logs)).filter(isGlass)).toEqual([{ id, value: 1 }]);
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'applied' } });
  });
});

describe('a request to the address that is no decision', () => {
  const LOOK = { action: 'look', changeId: 'chg-approved' };

  it.each<[string, UrlRequest, string]>([
    ['has a body that is no JSON', { body: 'approve' }, 'the body of the request is no JSON'],
    ['has no body', {}, 'body: expected a decision as JSON'],
    ['has a body without an end', { body: JSON.stringify({ ...LOOK, reason: 'x'.repeat(9_000) }) }, 'at most 8192 characters'],
    ['has an unknown key', { body: JSON.stringify({ ...LOOK, by: 'bob' }) }, 'by'],
    [
      'says who decides',
      { body: JSON.stringify({ action: 'approve', changeId: 'chg-approved', planHash: 'f', identity: 'bob' }) },
      'identity',
    ],
    ['asks for something else', { body: JSON.stringify({ ...LOOK, action: 'clear' }) }, 'action'],
    ['is not sent with POST', { method: 'GET' }, 'a decision is sent with POST'],
  ])('%s is refused with its reason', async (_what, request, says) => {
    const { status, document } = await call(BOB, request);
    expect([status, document]).toEqual([400, { error: { name: 'InvalidInputError', message: expect.stringContaining(says) } }]);
  });

  it('comes from nobody that IAM knows is refused', async () => {
    const { status, document } = await call(undefined, { body: JSON.stringify(LOOK) });
    expect([status, document]).toEqual([403, { error: { name: 'NotIdentified', message: 'the caller is not known to IAM' } }]);
  });

  it('asks about a change that is not on record decides nothing', async () => {
    const nobody = { action: 'approve', changeId: 'chg-nobody-began', planHash: 'f'.repeat(64) };
    expect(await say(BOB, nobody)).toEqual({ accepted: false, says: 'no change chg-nobody-began is on record' });
    expect(await aws.store().get('chg-nobody-began')).toBeUndefined();
  });
});

describe('the token of a change that waits', () => {
  it('is seen in the payload of its gate and the item that keeps it, and nowhere else', async () => {
    const issued = await Promise.all(changeIds.map(async (changeId) => (await aws.running(changeId)).tokens));
    expect(issued.map((tokens) => tokens.length)).toEqual(changeIds.map(() => 1));
    const planted = Object.fromEntries(issued.flat().map((token, at) => [`token of ${changeIds[at]}`, token]));
    const data = executions.flatMap((execution) => execution.data);
    const isPayload = ({ state, json }: { state: string; json: string }): boolean => state === 'Approval gate' && json.includes('"token":');
    const items = JSON.parse(await aws.contents()) as Record<string, unknown>[];
    const places = {
      answers: answers.join('\n'),
      logs: aws.logs,
      'inputs and outputs of states': data
        .filter((each) => !isPayload(each))
        .map(({ json }) => json)
        .join('\n'),
      'errors and causes': executions.map(({ error, cause }) => `${error}: ${cause}`).join('\n'),
      records: JSON.stringify(await Promise.all(changeIds.map((changeId) => aws.store().get(changeId)))),
      table: JSON.stringify(items.filter((item) => !('taskToken' in item))),
      events: JSON.stringify(aws.aws.events),
      traces: aws.aws.segments.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) expect(text.length, place).toBeGreaterThan(100);
    expect(leaksIn(places, planted)).toEqual([]);
    const payloads = data.filter(isPayload);
    expect(payloads).toHaveLength(changeIds.length);
    expect(leaksIn({ payloads: payloads.map(({ json }) => json).join('\n') }, planted)).toHaveLength(changeIds.length);
    expect(leaksIn({ kept: JSON.stringify(items.filter((item) => 'taskToken' in item)) }, planted)).toHaveLength(changeIds.length);
  });
});
