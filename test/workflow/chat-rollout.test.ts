import { describe, expect, it } from 'vitest';
import { RolloutFile, type RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { ROLLOUT_OUTCOMES, type RolloutOutcome } from '../../lambdas/contracts/rollout-outcomes.ts';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import { CHANNEL, ChatLab, type ChatLabOptions, COMMON } from '../support/chat-lab.ts';
import { problemsOf } from '../support/slack/block-kit.ts';
import { saidIn } from '../support/slack/channels.ts';

const RULES = { approvers: ['bob', 'carol', 'alice'] };

/** Four databases that would gain, on one cluster. */
function fleet() {
  const cluster = clusterWith();
  for (const [at, name] of ['carts', 'ledger', 'sessions'].entries())
    addDatabase(cluster, { id: 20 + at, name, masters: [1, 2], replicas: [2, 1] });
  return cluster;
}

const night = (more: Partial<RolloutFileInput> = {}): RolloutFile =>
  RolloutFile.parse({
    name: 'eu-night',
    select: { databases: ['orders', 'carts', 'ledger', 'sessions'] },
    waves: { canary: 1, sizes: ['100%'] },
    bake: { seconds: 60, samples: 2 },
    ...more,
  });

const open = (options: Partial<ChatLabOptions> = {}, file = night()) =>
  ChatLab.open({ cluster: fleet(), gates: { rules: RULES }, rollouts: { 'eu-night': file }, ...options });

const recordOf = async ({ rollouts }: ChatLab) => (await rollouts.list(1))[0] ?? expect.fail('no rollout is on record');
const idOf = async (chat: ChatLab) => (await recordOf(chat)).request.rolloutId;
const statesOf = async (chat: ChatLab) => (await chat.rollouts.targets(await idOf(chat))).map(({ state }) => state);
const modes = ({ lab }: ChatLab) => lab.cluster.databases.filter(({ name }) => name !== 'cache').map(({ syncerMode }) => syncerMode);
const hasButtons = ({ slack }: ChatLab): boolean =>
  slack.messages.some((message) => JSON.stringify(saidIn(message).blocks).includes('"actions"'));

/** alice starts the rollout, and its thread asks for an approval. */
async function asked(chat: ChatLab, words = 'rollout start eu-night --reason "CHG-9"', channel = CHANNEL) {
  expect(await chat.asks(chat.alice, words)).toContain('on it');
  return chat.untilAsked(channel);
}

/** What people read in the thread; files that are shared in it have no words. */
const readIn = (chat: ChatLab, channel = CHANNEL): string[] => chat.told(channel).filter((text) => text !== '');
const verdictOf = (chat: ChatLab, channel = CHANNEL): string => readIn(chat, channel).at(-1) ?? '';

async function untilEnded(chat: ChatLab, outcome: RolloutOutcome, channel = CHANNEL): Promise<void> {
  await expect.poll(async () => (await chat.rollouts.list(1))[0]?.outcome, { timeout: 20_000, interval: 10 }).toBe(outcome);
  await chat.until(() => verdictOf(chat, channel).includes(ROLLOUT_OUTCOMES[outcome].meaning));
  await chat.quiet();
}

/** Holds a rollout where its first change of the second wave begins. @returns what lets it go on. */
function heldInSecondWave(chat: ChatLab): { reached: Promise<void>; release: () => void } {
  const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let begun = 0;
  chat.before['Begin change'] = async () => {
    begun += 1;
    if (begun !== 2) return;
    reached.resolve();
    await held.promise;
  };
  return { reached: reached.promise, release: held.resolve };
}

describe('a rollout that is started in chat', () => {
  it('is planned, approved by another person, and told wave by wave in one thread', async () => {
    const chat = await open();
    const question = await asked(chat);
    expect(chat.lab.writes).toEqual([]);
    expect(chat.told().join('\n')).toMatch(/Approval needed[\s\S]*\*4 targets\* to change on 1 cluster[\s\S]*1 canary +1 +1 +1/);
    await chat.bob.presses(question.ts, 'approve');
    await untilEnded(chat, 'completed');
    expect(modes(chat)).toEqual(Array.from({ length: 4 }, () => 'distributed'));
    const [root = '', approval = '', canary = '', wave = '', verdict = ''] = readIn(chat);
    expect(root).toMatch(
      /Rollout \*eu-night\* → distributed: completed — asked by alice@example\.com: CHG-9[\s\S]*\*4 targets\*: 4 applied/,
    );
    expect(root).toMatch(/wave 1 \(canary\), 1 target, passed: 1 applied\n.*wave 2, 3 targets, passed: 3 applied/);
    expect(approval).toMatch(/Approvals: 1 of 1[\s\S]*approved by bob/);
    expect(canary).toMatch(/\*Wave 1 of 2\* \(canary\), 1 target on 1 cluster: passed/);
    expect(wave).toMatch(/\*Wave 2 of 2\*, 3 targets on 1 cluster: passed\n3 applied/);
    expect(verdict).toMatch(/\*completed\*[\s\S]*\*4 targets\*: 4 applied\neach took [\w ]+ \(median\)/);
    expect([
      chat.slack.timeline(CHANNEL).length,
      hasButtons(chat),
      chat.logged.filter((line) => /fault|cannot be told/.test(line)),
    ]).toEqual([1, false, []]);
    const versions = chat.slack.messages.flatMap((message) => message.versions);
    expect(versions.filter(({ text }) => text !== '').flatMap((version) => problemsOf(version))).toEqual([]);
  });

  it('shares what every target is and would be, once', async () => {
    const chat = await open();
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await untilEnded(chat, 'completed');
    const files = chat.slack.filesOf(CHANNEL, chat.root().ts);
    expect(files).toHaveLength(1);
    expect(files[0]?.text).toMatch(/[12] +lab\/ledger +db:21 +waiting +C1 +centralized +21:1 single +distributed: bind db db:21/);
  });

  it('lets its changes open no threads of their own, also where changes are told that nobody asked for', async () => {
    const chat = await open({ channel: COMMON });
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await untilEnded(chat, 'completed');
    expect(await chat.lab.store.list(10)).toHaveLength(4);
    expect(chat.slack.timeline(COMMON)).toEqual([]);
  });

  it('is not approved by whoever started it', async () => {
    const chat = await open();
    const question = await asked(chat);
    await chat.alice.presses(question.ts, 'approve');
    await chat.until(() => chat.whispersTo(chat.alice).at(-1)?.includes('may not approve it'));
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], true]);
  });

  it('ends rejected for the reason that is given in the form', async () => {
    const chat = await open();
    await chat.bob.presses((await asked(chat)).ts, 'reject');
    await chat.until(() => chat.bob.form);
    await chat.bob.submits(chat.bob.form ?? expect.fail('no form is open'), { reason: 'not on a Friday' });
    await untilEnded(chat, 'rejected');
    expect(chat.told().join('\n')).toContain('not on a Friday');
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
  });

  it('asks again before its second wave, in a message of its own', async () => {
    const chat = await open({}, night({ gates: { approve: ['after-canary'] } }));
    const first = await asked(chat);
    await chat.bob.presses(first.ts, 'approve');
    await chat.until(() => chat.told().join('\n').includes('Approval needed*: wave 2 of 2'));
    const second = await chat.untilAsked();
    expect(second.ts).not.toBe(first.ts);
    await expect(chat.bob.presses(first.ts, 'approve')).rejects.toThrow('there is no button');
    expect(await statesOf(chat)).toEqual(['applied', 'waiting', 'waiting', 'waiting']);
    await chat.carol.presses(second.ts, 'approve');
    await untilEnded(chat, 'completed');
  });
});

describe('steering a rollout in chat', () => {
  it('pauses it after what runs, and goes on with what is left', async () => {
    const chat = await open();
    const held = heldInSecondWave(chat);
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await held.reached;
    await chat.asks(chat.carol, `rollout pause ${await idOf(chat)}`);
    await chat.until(() => chat.whispersTo(chat.carol).at(-1)?.includes('pauses once'));
    held.release();
    await chat.until(() => chat.told()[0]?.includes(': paused'));
    expect((await statesOf(chat)).filter((state) => state === 'waiting')).toHaveLength(2);
    await chat.asks(chat.carol, `rollout show ${await idOf(chat)}`);
    await chat.until(() => chat.whispersTo(chat.carol).at(-1)?.includes('*paused*'));
    await chat.asks(chat.carol, `rollout resume ${await idOf(chat)}`);
    await untilEnded(chat, 'completed');
  });

  it('aborts it in the middle of a wave, keeps what is applied, and says what is not', async () => {
    const chat = await open();
    const held = heldInSecondWave(chat);
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await held.reached;
    await chat.asks(chat.carol, `rollout abort ${await idOf(chat)} --reason "wrong night"`);
    await chat.until(() => chat.whispersTo(chat.carol).at(-1)?.includes('nothing else begins'));
    held.release();
    await untilEnded(chat, 'incomplete');
    const verdict = verdictOf(chat);
    expect(verdict).toMatch(/asked for by carol: wrong night[\s\S]*\*Not applied: 3\*[\s\S]*rollout resume rol-eu-night/);
    expect(modes(chat).filter((mode) => mode === 'distributed')).toHaveLength(1);
    expect(chat.slack.timeline(CHANNEL).at(-1)?.isBroadcast).toBe(true);
  });

  it('sends back what it applied after it has ended', async () => {
    const chat = await open();
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await untilEnded(chat, 'completed');
    await chat.asks(chat.alice, `rollout undo ${await idOf(chat)}`);
    await untilEnded(chat, 'undone');
    expect(modes(chat)).toEqual(Array.from({ length: 4 }, () => 'centralized'));
    expect(chat.told().join('\n')).toMatch(/\*Wave 2 of 2\*.*went back\n3 undone/);
  });

  it('is for operators only', async () => {
    const chat = await open();
    const question = await asked(chat);
    await chat.asks(chat.bob, `rollout abort ${await idOf(chat)}`);
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('bob is not among the operators'));
    expect((await recordOf(chat)).stop).toBeUndefined();
    expect(question).toBeDefined();
  });
});

describe('a rollout whose canary fails', () => {
  it('stops, goes back, and tells the channel why', async () => {
    const cluster = fleet();
    cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
    const chat = await open({ cluster });
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await untilEnded(chat, 'undone');
    expect(readIn(chat)[2]).toMatch(/Wave 1 of 2.*stopped[\s\S]*\*Not as wanted: 1\*\n.*rolled back — /);
    expect(verdictOf(chat)).toMatch(/\*stopped and undone\*[\s\S]*error budget is 0[\s\S]*\*Not applied: 4\*/);
    expect(chat.slack.timeline(CHANNEL).at(-1)?.isBroadcast).toBe(true);
  });
});

describe('the plan of a rollout', () => {
  it('is shown in a thread to whoever may start it, and writes nothing', async () => {
    const chat = await open();
    await chat.asks(chat.alice, 'rollout plan eu-night');
    await untilEnded(chat, 'planned');
    expect(chat.told()[1]).toMatch(/Plan for Rollout \*eu-night\*[\s\S]*Waves[\s\S]*1 canary[\s\S]*tolerates 0 failures/);
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
  });

  it('is not made for somebody who is no operator, nor for a name that is not configured', async () => {
    const chat = await open();
    await chat.asks(chat.bob, 'rollout plan eu-night');
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('not among the operators'));
    await chat.asks(chat.alice, 'rollout start us-night');
    await chat.until(() => chat.whispersTo(chat.alice).at(-1)?.includes('no rollout us-night is configured; there is eu-night'));
    expect(chat.slack.messages).toEqual([]);
  });
});
