/** Whole rollouts as they run in AWS: two workflows, one within the other, their bundled functions, and people who steer them. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { MOST_MOVES_PER_RUN } from '../../lambdas/domain/rollout/limits.ts';
import { databaseOf } from '../../lib/simulator/cluster.ts';
import { startingAsk } from '../support/deployed/asks.ts';
import type { Ask } from '../support/deployed/rights.ts';
import { CANARY, DeployedRolloutDesk, freshClusters, type Name } from '../support/deployed/rollouts.ts';
import { Deployment } from '../support/deployment.ts';
import { leaksIn } from '../support/leaks.ts';

/** What may travel from state to state. */
const LARGEST_STATE_BYTES = 262_144;
const LOGIN = { username: 'planted-user@example.com', password: 'planted-p4ss"wörd\\+/of=the&api' };
const CREDENTIALS = {
  own: { secretAccessKey: 'planted-key-of-the-function', sessionToken: 'planted-session-of-the-function' },
  assumed: { secretAccessKey: 'planted-key-of-the-role', sessionToken: 'planted-session-of-the-role' },
};
const ALICE = 'arn:aws:iam::111111111111:user/alice';
const BOB = 'arn:aws:iam::111111111111:user/operators/bob';

let aws: Deployment<Name>;
let desk: DeployedRolloutDesk;
beforeAll(async () => {
  const { west, east } = freshClusters();
  const approval = { approvers: ['alice', 'bob'] };
  aws = await Deployment.open<Name>({
    members: { west: { cluster: west, over: 'rest', approval }, east: { cluster: east, over: 'ssm', approval } },
    login: LOGIN,
    credentials: CREDENTIALS,
    guarded: true,
  });
  desk = new DeployedRolloutDesk(aws);
}, 120_000);
afterEach(() => {
  aws.onMoment = () => {};
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws?.close();
});

const only = (...databases: string[]): Partial<RolloutFileInput> => ({ select: { clusters: ['*'], databases } });

/** Names of the databases that are distributed, on both clusters. */
async function distributed(): Promise<string[]> {
  const clusters = await Promise.all([aws.fleet.state('west'), aws.fleet.state('east')]);
  return clusters.flatMap(({ databases }) => databases.filter(({ syncerMode }) => syncerMode === 'distributed').map(({ name }) => name));
}

/** How each execution of a change ended, and what its record says, by the last part of its id. */
async function changesOf(rolloutId: string): Promise<Record<string, unknown>> {
  const all = desk.changesOf(rolloutId).map(async (changeId): Promise<[string, string]> => {
    const { status, error } = (await aws.started.get(changeId)) ?? {};
    const { request, report } = (await aws.store().get(changeId)) ?? {};
    expect(request?.rollout?.id, changeId).toBe(rolloutId);
    return [changeId.slice(rolloutId.length + 1), [status, error, report?.outcome].filter(Boolean).join(' ')];
  });
  return Object.fromEntries(await Promise.all(all));
}

const typesOf = async (rolloutId: string): Promise<string[]> => (await aws.rolloutStore().events(rolloutId)).map(({ type }) => type);

describe('a rollout that needs an approval', { timeout: 120_000 }, () => {
  const id = 'rol-approved';

  it('sleeps, and shows its plan to whoever looks, before anything is written', async () => {
    await desk.start(id, { gates: { approve: ['rollout'] } });
    const hash = await desk.atGate(id, 0);
    expect(await desk.say(BOB, { action: 'look', changeId: id })).toMatchObject({
      accepted: true,
      gate: { status: 'waiting', request: { requestedBy: 'alice', reason: 'CHG-1234', plan: { hash, targets: 4 } } },
    });
    expect([await distributed(), desk.changesOf(id)]).toEqual([[], []]);
  });

  it('is let through by another person than who asked for it, and by nobody else', async () => {
    const approve = { action: 'approve', changeId: id, planHash: await desk.atGate(id, 0) };
    expect(await desk.say(ALICE, approve)).toMatchObject({ accepted: false, says: expect.stringContaining('may not approve') });
    expect(desk.changesOf(id)).toEqual([]);
    expect(await desk.say(BOB, approve)).toMatchObject({ accepted: true, says: expect.stringContaining('approved by bob') });
    expect(await desk.end(id, 0)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
    expect(await distributed()).toEqual(['orders', 'carts', 'stock', 'users']);
  });

  it('has changed its canary first, then both clusters side by side, each database by an execution of its own', async () => {
    const { record, targets, states } = await desk.standing(id);
    expect(record).toMatchObject({ status: 'ended', outcome: 'completed', run: 0, wave: 2, baked: 2 });
    expect(states).toEqual({ orders: 'applied', carts: 'applied', stock: 'applied', users: 'applied' });
    expect(targets.map(({ name, wave, lane }) => [name, wave, lane])).toEqual([
      [CANARY, 1, 1],
      ['carts', 2, 1],
      ['stock', 2, 2],
      ['users', 2, 2],
    ]);
    const applied = 'SUCCEEDED applied';
    expect(await changesOf(id)).toEqual({ '00001': applied, '00002': applied, '00003': applied, '00004': applied });
    const [canary, , stock, users] = targets;
    expect([canary?.endedAt ?? '', stock?.endedAt ?? ''].every((end, at) => end < ([stock, users][at]?.startedAt ?? ''))).toBe(true);
    expect(await aws.store().locks()).toEqual([]);
    const waves = ['wave-began', 'bake-began', 'wave-passed'];
    expect(await typesOf(id)).toEqual(['planned', 'approval-requested', 'decision', 'decision', ...waves, ...waves, 'ended']);
  });
});

describe('a rollout that is paused', { timeout: 120_000 }, () => {
  const id = 'rol-paused';

  it('lets the change under way end, and begins nothing else', async () => {
    desk.once(`${id}_00001`, { state: 'Verify info', when: 'entered' }, () => desk.ask(BOB, 'pause', id));
    await desk.start(id, only(CANARY, 'stock'));
    expect((await desk.end(id, 0)).status).toBe('SUCCEEDED');
    const { record, states } = await desk.standing(id);
    expect([record?.status, record?.outcome, states]).toEqual(['paused', undefined, { [CANARY]: 'applied', stock: 'waiting' }]);
    expect(await desk.say(BOB, { action: 'pause', changeId: id })).toEqual({ accepted: false, says: `rollout ${id} is paused already` });
  });

  it('goes on in another execution when somebody resumes it', async () => {
    await desk.ask(ALICE, 'resume', id);
    expect(await desk.end(id, 1)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
    const { record, states } = await desk.standing(id);
    expect([record?.run, record?.outcome, states]).toEqual([1, 'completed', { [CANARY]: 'applied', stock: 'applied' }]);
    expect(await distributed()).toEqual([CANARY, 'stock']);
  });

  it('is undone after its end, which its execution says', async () => {
    await desk.ask(BOB, 'undo-all', id);
    expect(await desk.end(id, 2)).toMatchObject({ status: 'FAILED', error: 'Undone', cause: expect.stringContaining('asked for by bob') });
    const { record, states } = await desk.standing(id);
    expect([record?.run, record?.outcome, states]).toEqual([2, 'undone', { [CANARY]: 'undone', stock: 'undone' }]);
    expect(await distributed()).toEqual([]);
    const applied = 'SUCCEEDED applied';
    expect(await changesOf(id)).toEqual({ '00001': applied, '00002': applied, '00001_undo1': applied, '00002_undo1': applied });
    expect(await desk.say(BOB, { action: 'undo-all', changeId: id })).toMatchObject({ accepted: false });
    expect(await aws.store().locks()).toEqual([]);
  });
});

describe('a rollout whose execution is stopped in the middle of a wave', { timeout: 120_000 }, () => {
  const id = 'rol-stopped';
  const [written, unwritten] = [`${id}_00002`, `${id}_00003`];

  it('takes the changes under way with it', async () => {
    const [beginning, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    desk.once(unwritten, { state: 'Begin change', when: 'entered' }, () => {
      beginning.resolve();
      return stopped.promise;
    });
    desk.once(written, { state: 'Tune syncer', when: 'run' }, async () => {
      await beginning.promise;
      await desk.stopExecution(id, 0);
      stopped.resolve();
    });
    await desk.start(id, only(CANARY, 'carts', 'stock'));
    expect([(await desk.end(id, 0)).status, await desk.endSeen(id, 0)]).toEqual(['ABORTED', 'ABORTED']);
    expect(await changesOf(id)).toEqual({ '00001': 'SUCCEEDED applied', '00002': 'ABORTED', '00003': 'ABORTED' });
    const { record, states } = await desk.standing(id);
    expect([record?.status, states]).toEqual(['running', { [CANARY]: 'applied', carts: 'running', stock: 'running' }]);
    expect(await distributed()).toEqual([CANARY, 'carts']);
  });

  it('goes on when it is resumed: waits until they are recovered, and makes them again', async () => {
    desk.once(`${id}-r1`, { state: 'Next in lane', when: 'run' }, async () => {
      for (const changeId of [written, unwritten]) await aws.recover(changeId, 'ABORTED', `recovery-of-${changeId}`);
    });
    await desk.ask(BOB, 'resume', id);
    const end = await desk.end(id, 1);
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed' } });
    expect(end.data.map(({ state }) => state)).toContain('Wait for its recovery');
    expect((await desk.standing(id)).states).toEqual({ [CANARY]: 'applied', carts: 'applied', stock: 'applied' });
    expect(await changesOf(id)).toEqual({
      '00001': 'SUCCEEDED applied',
      '00002': 'ABORTED rolled-back',
      '00003': 'ABORTED refused',
      '00002_try2': 'SUCCEEDED applied',
      '00003_try2': 'SUCCEEDED applied',
    });
    expect(await distributed()).toEqual([CANARY, 'carts', 'stock']);
    expect(await aws.store().locks()).toEqual([]);
  });
});

describe('a rollout whose canary fails', { timeout: 120_000 }, () => {
  const id = 'rol-failed';

  it('ends undone, with nothing else begun, and its execution says so', async () => {
    const fallsBack = { on: '^PUT /v1/bdbs/7 .*sync_dist":true', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } } as const;
    await desk.start(id, {}, [fallsBack]);
    const end = await desk.end(id, 0);
    const { record, states } = await desk.standing(id);
    expect(end).toMatchObject({ status: 'FAILED', error: 'Undone', cause: record?.stop?.says });
    expect(record).toMatchObject({ outcome: 'undone', wave: 1, stop: { cause: 'failures' } });
    expect(states).toEqual({ [CANARY]: 'rolled-back', carts: 'waiting', stock: 'waiting', users: 'waiting' });
    expect(await changesOf(id)).toEqual({ '00001': 'FAILED RolledBack rolled-back' });
    expect([await distributed(), await aws.store().locks()]).toEqual([[], []]);
    expect(databaseOf(await aws.fleet.state('west'), 8).endpoints.map(({ policy }) => policy)).toEqual(['single']);
  });
});

describe('a rollout whose execution has made many moves', { timeout: 120_000 }, () => {
  const id = 'rol-long';

  it('goes on in a new one, which asks the same people', async () => {
    await desk.start(id, { ...only(CANARY), gates: { approve: ['rollout'] } });
    const planHash = await desk.atGate(id, 0);
    await desk.stopExecution(id, 0);
    const judged = { moves: MOST_MOVES_PER_RUN };
    expect(await aws.rollOutFrom('Judge rollout', 'many-moves', { rolloutId: id, run: 0, judged })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await desk.atGate(id, 1)).toBe(planHash);
    expect(await desk.endSeen(id, 0)).toBeUndefined();
    const rejection = { action: 'reject', changeId: id, planHash, reason: 'not tonight' };
    expect(await desk.say(BOB, rejection)).toMatchObject({ accepted: true });
    expect(await desk.end(id, 1)).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: expect.stringContaining('not tonight') });
    expect([await desk.endSeen(id, 0), (await desk.standing(id)).record?.outcome]).toEqual(['FAILED', 'rejected']);
    expect([desk.changesOf(id), await distributed()]).toEqual([[], []]);
  });
});

describe('what rollouts do', () => {
  it('is allowed by the roles of the functions and workflows that do it', () => {
    expect(aws.aws.guard?.denied).toEqual([]);
    expect(aws.aws.guard?.looked).toBeGreaterThan(500);
  });

  it('is told from what those roles do not allow', () => {
    const { rollout, recovery } = aws.synthesis;
    const [judge = ''] = [...aws.synthesis.functions.keys()].filter((arn) => arn.includes('judgerollout'));
    const put = (partition: string) => ({
      action: 'dynamodb:PutItem',
      resource: `arn:aws:dynamodb:eu-west-1:111111111111:table/${DEPLOYED.table}`,
      context: { 'dynamodb:LeadingKeys': [partition] },
    });
    const asks: [string, Ask][] = [
      [judge, put('rollout#rol-approved')],
      [judge, put('token#rol-approved')],
      [judge, put('locks')],
      [rollout.arn, startingAsk(rollout.arn)],
      [rollout.arn, startingAsk(recovery.arn)],
    ];
    expect(asks.map(([arn, ask]) => aws.aws.guard?.rights.allow(arn, ask))).toEqual([true, false, false, true, false]);
  });
});

describe('what rollouts leave behind', () => {
  it('is no state that is larger than one may be', async () => {
    const executions = await Promise.all([...aws.rollouts.values(), ...aws.started.values()]);
    const sizes = executions.flatMap(({ data }) => data.map(({ json }) => Buffer.byteLength(json)));
    expect(sizes.length).toBeGreaterThan(200);
    expect(Math.max(...sizes)).toBeLessThan(LARGEST_STATE_BYTES);
  });

  it('is no password, key or token where none may be', async () => {
    const executions = await Promise.all([...aws.rollouts.values(), ...aws.started.values()]);
    const [token = ''] = (await desk.running('rol-approved', 0)).tokens;
    const { own, assumed } = CREDENTIALS;
    const planted = { password: LOGIN.password, ...own, role: assumed.secretAccessKey, session: assumed.sessionToken, token };
    const isPayload = ({ state, json }: { state: string; json: string }) => state === 'Ask for approval' && json.includes('"token":');
    const data = executions.flatMap((execution) => execution.data);
    const items = JSON.parse(await aws.contents()) as Record<string, unknown>[];
    const places = {
      logs: aws.logs,
      'inputs and outputs of states': JSON.stringify(data.filter((each) => !isPayload(each))),
      'ends of executions': JSON.stringify(executions.map(({ data: _, ...end }) => end)),
      answers: desk.answers.join('\n'),
      table: JSON.stringify(items.filter((item) => !('taskToken' in item))),
      events: JSON.stringify(aws.aws.events),
      traces: aws.aws.segments.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) expect(text.length, place).toBeGreaterThan(500);
    expect(leaksIn(places, planted)).toEqual([]);
    const given = {
      payloads: JSON.stringify(data.filter(isPayload)),
      secrets: JSON.stringify([...aws.aws.secrets.values()]),
      kept: JSON.stringify(items.filter((item) => 'taskToken' in item)),
    };
    expect(leaksIn(given, planted).map((leak) => leak.split(',')[0])).toEqual(['payloads: token', 'secrets: password', 'kept: token']);
  });
});
