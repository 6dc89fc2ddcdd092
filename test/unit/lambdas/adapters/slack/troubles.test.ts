import { describe, expect, it } from 'vitest';
import { CHANNEL, faultOf, MESSAGE, SlackLab } from './slack-lab.ts';

describe('a rate limit', () => {
  it('is waited for as long as Slack says, and nothing is posted twice', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.postMessage', { retryAfterSeconds: 7 });
    const ts = await lab.chat().post({ channel: CHANNEL }, MESSAGE);
    expect(lab.slept).toEqual([7]);
    expect(lab.slack.timeline(CHANNEL).map((message) => message.ts)).toEqual([ts]);
  });

  it('of so many calls a minute is kept to', async () => {
    const lab = await SlackLab.open();
    lab.slack.limit('chat.update', { perMinute: 2, retryAfterSeconds: 20 });
    const chat = lab.chat({ longestWaitSeconds: 60 });
    const ts = await chat.post({ channel: CHANNEL }, MESSAGE);
    for (const text of ['one', 'two', 'three']) await chat.edit({ channel: CHANNEL, ts }, { text, blocks: [] });
    expect(lab.slack.textOf(CHANNEL, ts)).toBe('three');
    expect(lab.slept).toEqual([20, 20, 20]);
  });

  it('that lasts longer than a call may wait is left to a later call', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.postMessage', { retryAfterSeconds: 31 });
    expect(await faultOf(lab.chat().post({ channel: CHANNEL }, MESSAGE))).toBe('later - chat.postMessage: rate limited for 31 s');
    expect(lab.slept).toEqual([]);
  });

  it('that comes again and again does not keep a call waiting for ever', async () => {
    const lab = await SlackLab.open();
    lab.slack.limit('chat.postMessage', { perMinute: 0, retryAfterSeconds: 10 });
    expect(await faultOf(lab.chat().post({ channel: CHANNEL }, MESSAGE))).toBe('later - chat.postMessage: rate limited for 10 s');
    expect(lab.slept).toEqual([10, 10, 10]);
  });

  it('is never answered without a pause', async () => {
    const lab = await SlackLab.open();
    lab.slack.limit('chat.postMessage', { perMinute: 0, retryAfterSeconds: 0 });
    await faultOf(lab.chat({ longestWaitSeconds: 3 }).post({ channel: CHANNEL }, MESSAGE));
    expect(lab.slept).toEqual([1, 1, 1]);
  });
});

describe('while Slack is down', () => {
  it.each([
    ['unavailable', 'later - chat.postMessage: HTTP 503'],
    ['unreachable', 'later - chat.postMessage: Slack cannot be reached (ECONNREFUSED)'],
  ] as const)('and %s, a post is tried a few times and left to a later call', async (outage, fault) => {
    const lab = await SlackLab.open();
    const chat = lab.chat();
    await lab.slack.goDown(outage);
    expect(await faultOf(chat.post({ channel: CHANNEL }, MESSAGE))).toBe(fault);
    expect(lab.slept).toEqual([0.5, 2]);
    await lab.slack.comeBack();
    await chat.post({ channel: CHANNEL }, MESSAGE);
    expect(lab.slack.timeline(CHANNEL)).toHaveLength(1);
  });

  it('for a moment, a call succeeds', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.postMessage', { status: 503 });
    await lab.chat().post({ channel: CHANNEL }, MESSAGE);
    expect(lab.slack.timeline(CHANNEL)).toHaveLength(1);
  });
});

describe('an answer that gets lost', () => {
  it.each(['answer-lost', 'silence', { status: 500 }, { status: 502 }] as const)(
    'after a post (%j) is no reason to post again at once: it may be there',
    async (trouble) => {
      const lab = await SlackLab.open();
      lab.slack.nextAnswers('chat.postMessage', trouble, trouble, trouble);
      const chat = lab.chat({ timeoutSeconds: 0.2 });
      expect(await faultOf(chat.post({ channel: CHANNEL }, MESSAGE))).toMatch(/^later - chat\.postMessage: /);
      expect(lab.slack.callsOf('chat.postMessage')).toHaveLength(1);
    },
  );

  it.each(['answer-lost', 'hang-up', 'silence', { status: 500 }] as const)(
    'after an edit (%j) makes it be edited again',
    async (trouble) => {
      const lab = await SlackLab.open();
      const chat = lab.chat({ timeoutSeconds: 1 });
      const ts = await chat.post({ channel: CHANNEL }, MESSAGE);
      lab.slack.nextAnswers('chat.update', trouble);
      await chat.edit({ channel: CHANNEL, ts }, { text: 'edited', blocks: [] });
      expect(lab.slack.textOf(CHANNEL, ts)).toBe('edited');
      expect(lab.slept).toEqual([0.5]);
    },
  );

  it('is waited for no longer than the time for an attempt', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('users.info', 'silence');
    expect(await faultOf(lab.chat({ timeoutSeconds: 0.2, pausesSeconds: [] }).user('U0ALICE'))).toBe(
      'later - users.info: no complete answer within 0.2 s',
    );
  });
});

describe('an answer that is not of Slack', () => {
  it.each([
    ['a page', '<html>Welcome to the network</html>'],
    ['a number', '42'],
    ['null', 'null'],
    ['no word of why', '{"ok":false}'],
    ['a word that is none', '{"ok":false,"error":"Bad gateway: xoxb"}'],
  ])('but %s is never taken for success, nor repeated in an error', async (_name, body) => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.postMessage', { body });
    expect(await faultOf(lab.chat().post({ channel: CHANNEL }, MESSAGE))).toMatch(
      /^later - chat\.postMessage: (?:the answer is in an unknown form|there was no complete answer)$/,
    );
  });

  it('is never taken for a message number', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.postMessage', { body: { ok: true } });
    expect(await faultOf(lab.chat().post({ channel: CHANNEL }, MESSAGE))).toBe(
      'never - chat.postMessage: the answer is in an unknown form: it has no ts',
    );
  });

  it('is not looked for elsewhere', async () => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('users.info', { status: 302 });
    expect(await faultOf(lab.chat({ pausesSeconds: [] }).user('U0ALICE'))).toMatch(/^later - users\.info: /);
  });
});

describe('a refusal', () => {
  it.each([
    ['internal_error', 'later'],
    ['ratelimited', 'later'],
    ['token_expired', 'later'],
    ['account_inactive', 'later'],
    ['team_added_to_org', 'later'],
    ['edit_window_closed', 'gone'],
    ['msg_too_long', 'never'],
    ['a_word_of_tomorrow', 'never'],
  ])('%s counts as %s', async (error, failure) => {
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('chat.update', { error });
    expect(await faultOf(lab.chat().edit({ channel: CHANNEL, ts: '1.000001' }, MESSAGE))).toBe(`${failure} - chat.update: ${error}`);
    expect(lab.slept).toEqual([]);
  });
});
