import { describe, expect, it } from 'vitest';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { BOT_TOKEN, CHANNEL, ChatLab, type ChatLabOptions, SIGNING_SECRET, TEAM } from '../support/chat-lab.ts';
import { leaksIn } from '../support/leaks.ts';
import { saidIn } from '../support/slack/channels.ts';
import { type SlackRequest, signedHeaders } from '../support/slack/outgoing.ts';

const RULES = { approvers: ['bob', 'carol', 'dora', 'alice'] };
const open = (options: Partial<ChatLabOptions> = {}) => ChatLab.open({ cluster: clusterWith(), gates: { rules: RULES }, ...options });
const APPLY = 'apply lab/orders --to distributed --reason CHG-1';

async function asked(chat: ChatLab) {
  await chat.asks(chat.alice, APPLY);
  return chat.untilAsked();
}

/** The body of a request that was sent, with one thing put in the place of another. */
const tampered = ({ body }: SlackRequest, from: string, to: string): string => {
  const changed = new URLSearchParams(
    [...new URLSearchParams(body)].map(([key, value]): [string, string] => [key, value.replaceAll(from, to)]),
  );
  expect(changed.toString()).not.toBe(body);
  return changed.toString();
};
const lastSent = ({ slack }: ChatLab): SlackRequest => {
  const request = slack.sent.at(-1);
  if (!request) throw new Error('nothing was sent');
  return request;
};

async function expectNothingDone(chat: ChatLab): Promise<void> {
  await chat.quiet();
  expect([chat.begun, chat.slack.messages, chat.lab.writes]).toEqual([[], [], []]);
}

describe('a request that is not from Slack', () => {
  const form = new URLSearchParams({ team_id: TEAM, command: '/syncshift', text: APPLY, user_id: 'U0ALICE' }).toString();

  it('is turned away when it is signed with another secret', async () => {
    const chat = await open();
    const { url } = chat.slack.signed('commands', form);
    const headers = signedHeaders('another secret', chat.lab.clock.now(), form);
    expect((await chat.slack.deliver({ url, headers, body: form })).status).toBe(401);
    await expectNothingDone(chat);
  });

  it.each([-301, 301])('is turned away when it was signed %i seconds from now', async (seconds) => {
    const chat = await open();
    const at = new Date(chat.lab.clock.now().getTime() + seconds * 1000);
    expect((await chat.slack.deliver(chat.slack.signed('commands', form, at))).status).toBe(401);
    await expectNothingDone(chat);
  });

  it('is turned away when a byte of it was changed', async () => {
    const chat = await open();
    const request = chat.slack.signed('commands', form);
    expect((await chat.slack.deliver({ ...request, body: `${request.body}&` })).status).toBe(401);
    await expectNothingDone(chat);
  });

  it('is turned away when it is larger than anything that Slack sends', async () => {
    const chat = await open();
    expect((await chat.slack.deliver(chat.slack.signed('commands', `${form}&more=${'x'.repeat(150_000)}`))).status).toBe(413);
    await expectNothingDone(chat);
  });

  it('is turned away when it is sent to another place or in another way', async () => {
    const chat = await open();
    const { url } = chat.slack.signed('commands', form);
    expect((await fetch(url.replace('/slack', '/'), { method: 'POST', body: form })).status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
    await expectNothingDone(chat);
  });
});

describe('a request that Slack signed', () => {
  it('is done once, however often it is delivered', async () => {
    const chat = await open();
    await asked(chat);
    const first = lastSent(chat);
    const again = await chat.slack.deliver(first);
    const retried = await chat.slack.deliver({
      ...first,
      headers: { ...first.headers, 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' },
    });
    chat.lab.clock.advance(100);
    const signedAnew = await chat.slack.deliver(chat.slack.signed('commands', first.body));
    expect([again.status, retried.status, signedAnew.status]).toEqual([200, 200, 200]);
    await chat.quiet();
    expect([chat.begun.length, chat.slack.timeline(CHANNEL).length]).toEqual([1, 1]);
  });

  it('comes from another workspace is turned away', async () => {
    const chat = await open();
    await asked(chat);
    const { begun } = chat;
    const { status } = await chat.slack.deliver(chat.slack.signed('commands', tampered(lastSent(chat), TEAM, 'T0FOREIGN')));
    await chat.quiet();
    expect([status, begun.length]).toEqual([403, 1]);
  });

  it('names an address to answer at that is not Slack’s is turned away', async () => {
    const chat = await open();
    await asked(chat);
    const body = tampered(lastSent(chat), new URL(chat.slack.apiUrl).origin, 'https://hooks.slack.com.example.net');
    expect((await chat.slack.deliver(chat.slack.signed('commands', body))).status).toBe(400);
  });
});

describe('a press whose value was tampered with', () => {
  /** bob presses, and what the button says is changed on its way. */
  async function pressed(change: (value: string, chat: ChatLab) => string): Promise<ChatLab> {
    const chat = await open();
    const question = await asked(chat);
    const block = saidIn(question).blocks.find(({ type }) => type === 'actions') as { elements: { action_id: string; value: string }[] };
    const value = block.elements.find(({ action_id }) => action_id === 'approve')?.value ?? '';
    const spy = chat.slack.sent.length;
    // Pressed by somebody whose press does not count, to have the request of a press at hand.
    await chat.alice.presses(question.ts, 'approve');
    await chat.quiet();
    const press = chat.slack.sent[spy];
    if (!press) throw new Error('no press was sent');
    const payload = JSON.parse(new URLSearchParams(press.body).get('payload') ?? '') as {
      user: { id: string };
      trigger_id: string;
      actions: { value: string }[];
    };
    payload.user.id = chat.bob.id;
    payload.trigger_id = `${payload.trigger_id}0`;
    for (const action of payload.actions) if (action.value === value) action.value = change(value, chat);
    await chat.slack.deliver(chat.slack.signed('interactions', new URLSearchParams({ payload: JSON.stringify(payload) }).toString()));
    await chat.quiet();
    return chat;
  }
  const statusOf = async (chat: ChatLab) => (await chat.lab.store.gate(chat.begun[0] ?? ''))?.status;

  it('counts as it stands when nothing was changed, which shows that the others are turned away for their change', async () => {
    expect(await statusOf(await pressed((value) => value))).toBe('approved');
  });

  it('is for another plan does not count', async () => {
    const chat = await pressed((value) => JSON.stringify({ ...(JSON.parse(value) as object), planHash: 'f'.repeat(64) }));
    expect(await statusOf(chat)).toBe('waiting');
    expect(chat.whispersTo(chat.bob).at(-1)).toContain('look at it again');
  });

  it('is for another change than the message does not count', async () => {
    const chat = await pressed((value) => JSON.stringify({ ...(JSON.parse(value) as object), changeId: 'chg-of-somebody-else' }));
    expect(await statusOf(chat)).toBe('waiting');
    expect(chat.whispersTo(chat.bob).at(-1)).toContain('not the approval message of that change');
  });

  it.each(['', 'approve', '{}', '[]', '{"changeId":"../x","planHash":"f"}', 'x'.repeat(5_000)])(
    'is no value of ours (%#) does not count',
    async (value) => {
      expect(await statusOf(await pressed(() => value))).toBe('waiting');
    },
  );
});

describe('somebody who cannot be told', () => {
  it.each([
    ['shows no e-mail address', { email: undefined }, 'no e-mail address'],
    ['has an address that is not confirmed', { email: 'dora@example.com', confirmed: false }, 'confirmed'],
    ['is a guest', { email: 'dora@example.com', guest: true }, 'guests'],
    ['is of another workspace', { email: 'dora@example.com', raw: { team_id: 'T0FOREIGN' } }, 'other workspaces'],
    ['is an app', { email: 'dora@example.com', bot: true }, 'apps'],
  ])('because the account %s gets nothing done, and decides nothing', async (_why, { email, ...spec }, says) => {
    const chat = await open({ operators: ['alice', 'dora@example.com'] });
    const dora = chat.slack.addPerson({ id: 'U0DORA', ...(email !== undefined && { email }), ...spec });
    await chat.asks(dora, APPLY);
    await chat.until(() => chat.whispersTo(dora).at(-1)?.includes(says));
    await expectNothingDone(chat);
    const question = await asked(chat);
    await chat.asks(dora, `cancel ${chat.begun[0]}`);
    await dora.presses(question.ts, 'approve');
    await chat.quiet();
    expect(chat.whispersTo(dora).at(-1)).toContain(says);
    expect((await chat.lab.store.gate(chat.begun[0] ?? ''))?.status).toBe('waiting');
    expect(await chat.lab.store.isCancelRequested(chat.begun[0] ?? '')).toBe(false);
  });

  it('and is no operator may look, and neither ask for a change nor stop one', async () => {
    const chat = await open();
    await chat.asks(chat.bob, APPLY);
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('not among the operators'));
    await chat.asks(chat.bob, 'rollback lab/orders');
    await chat.quiet();
    await expectNothingDone(chat);
    await asked(chat);
    await chat.asks(chat.bob, `cancel ${chat.begun[0]}`);
    await chat.quiet();
    expect(chat.whispersTo(chat.bob).at(-1)).toContain('not among the operators');
    expect(await chat.lab.store.isCancelRequested(chat.begun[0] ?? '')).toBe(false);
  });
});

describe('a channel', () => {
  it('that the app is not in begins nothing, and says how to mend that', async () => {
    const chat = await open();
    chat.slack.addChannel({ id: 'C0ELSEWHERE', isMember: false });
    await chat.asks(chat.alice, APPLY, 'C0ELSEWHERE');
    await chat.until(() => chat.whispersTo(chat.alice).at(-1)?.includes('/invite @syncshift'));
    await expectNothingDone(chat);
  });

  it('that the app is removed from stops no change, and other threads are told', async () => {
    const chat = await open();
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    const channel = chat.slack.addChannel({ id: CHANNEL, name: 'databases' });
    channel.isMember = false;
    await expect.poll(async () => (await chat.lab.store.get(chat.begun[0] ?? ''))?.report?.outcome, { timeout: 10_000 }).toBe('applied');
    await chat.quiet();
    channel.isMember = true;
    await chat.until(() => chat.told().at(-1)?.includes('*applied*'));
  });
});

describe('Slack', () => {
  it.each(['unavailable', 'unreachable'] as const)(
    'that is %s for a minute loses nothing: the change goes on, and its thread catches up',
    async (outage) => {
      const chat = await open();
      chat.before['Rebind policy'] = () => chat.slack.goDown(outage);
      await chat.bob.presses((await asked(chat)).ts, 'approve');
      await expect.poll(async () => (await chat.lab.store.get(chat.begun[0] ?? ''))?.report?.outcome, { timeout: 10_000 }).toBe('applied');
      expect(chat.told().at(-1)).not.toContain('*applied*');
      chat.lab.clock.advance(60);
      await chat.slack.comeBack();
      await chat.until(() => chat.told().at(-1)?.includes('*applied*'));
      await chat.quiet();
      expect(chat.told()).toHaveLength(4);
      expect(chat.told()[0]).toContain('applied');
    },
  );

  it('that is down when somebody asks is tried again: one change, one thread', async () => {
    const chat = await open();
    let paused = 0;
    chat.onPause = async (seconds) => {
      paused += seconds;
      if (paused >= 60) await chat.slack.comeBack();
    };
    await chat.slack.goDown();
    await chat.alice.types(`/syncshift ${APPLY}`, CHANNEL);
    await chat.untilAsked();
    expect([chat.begun.length, chat.slack.timeline(CHANNEL).length]).toEqual([1, 1]);
  });

  it('that limits the rate is waited for as long as it says', async () => {
    const chat = await open();
    chat.slack.nextAnswers('chat.postMessage', { status: 429, retryAfterSeconds: 7 });
    const before = chat.lab.clock.now().getTime();
    await asked(chat);
    const [refused, posted] = chat.slack.callsOf('chat.postMessage');
    expect(refused?.status).toBe(429);
    expect(Date.parse(posted?.at ?? '') - Date.parse(refused?.at ?? '')).toBeGreaterThanOrEqual(7_000);
    expect(chat.lab.clock.now().getTime() - before).toBeGreaterThanOrEqual(7_000);
    expect(chat.slack.timeline(CHANNEL)).toHaveLength(1);
  });

  it('that limits edits tells everything all the same, a little later', async () => {
    const chat = await open();
    const question = await asked(chat);
    chat.slack.nextAnswers('chat.update', ...[3, 40, 5].map((retryAfterSeconds) => ({ status: 429, retryAfterSeconds })));
    await chat.bob.presses(question.ts, 'approve');
    await chat.until(() => chat.slack.messages.length > 0 && chat.told().length === 4);
    await chat.until(() => chat.told()[0]?.includes(': applied'));
    expect(chat.slack.callsOf('chat.update').some(({ status }) => status === 429)).toBe(true);
  });

  it('whose people delete a message is told anew', async () => {
    const chat = await open();
    const question = await asked(chat);
    chat.slack.deleteMessage(CHANNEL, question.ts);
    chat.lab.clock.advance(86_401);
    await chat.until(() => chat.told().some((text) => text.includes('The change is over')));
  });
});

describe('what is secret', () => {
  it('is in no message, whisper, form or log, whatever goes wrong', async () => {
    const chat = await open();
    const question = await asked(chat);
    await chat.asks(chat.alice, 'status');
    chat.slack.nextAnswers('chat.update', { status: 500, body: 'broken' }, 'hang-up', 'answer-lost');
    chat.slack.nextAnswers('response_url', { status: 404, error: 'expired_url' });
    await chat.asks(chat.bob, 'status');
    await chat.bob.presses(question.ts, 'reject');
    await chat.until(() => chat.bob.form);
    await chat.bob.presses(question.ts, 'approve');
    await chat.untilTold('applied');
    const urls = chat.slack.sent.map(({ body }) => new URLSearchParams(body).get('response_url')).filter((url) => url !== null);
    expect(urls.length).toBeGreaterThan(2);
    const planted = {
      'signing secret': SIGNING_SECRET,
      'bot token': BOT_TOKEN,
      ...Object.fromEntries(urls.map((url, at) => [`address ${at}`, new URL(url).pathname])),
    };
    const places = {
      log: chat.logged.join('\n'),
      messages: JSON.stringify(chat.slack.messages),
      whispers: JSON.stringify(chat.slack.whispers),
      forms: JSON.stringify(chat.slack.views),
      'arguments of calls': JSON.stringify(chat.slack.calls.filter(({ method }) => method !== 'response_url').map(({ args }) => args)),
      record: JSON.stringify(await chat.lab.store.get(chat.begun[0] ?? '')),
    };
    for (const [place, text] of Object.entries(places)) expect(text.length, place).toBeGreaterThan(100);
    expect(leaksIn(places, planted)).toEqual([]);
    expect(leaksIn({ planted: JSON.stringify(planted) }, planted)).toHaveLength(Object.keys(planted).length);
  });
});
