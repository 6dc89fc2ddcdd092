import { describe, expect, it } from 'vitest';
import { CHANNEL, faultOf, MESSAGE, SlackLab } from './slack-lab.ts';

describe('a message to Slack', () => {
  it('is posted as it is laid out, and its number is where it can be edited', async () => {
    const { slack, ...lab } = await opened();
    const ts = await lab.chat.post({ channel: CHANNEL }, MESSAGE);
    expect(slack.textOf(CHANNEL, ts)).toBe('Change *chg-1*');
    await lab.chat.edit({ channel: CHANNEL, ts }, { text: 'Over', blocks: [{ type: 'divider' }] });
    expect(slack.thread(CHANNEL, ts)[0]?.versions.map(({ text, blocks }) => [text, blocks.map(({ type }) => type)])).toEqual([
      ['Change chg-1', ['section']],
      ['Over', ['divider']],
    ]);
  });

  it('goes into its thread, and into the channel only when it is to be seen there', async () => {
    const { chat, slack } = await opened();
    const thread = await chat.post({ channel: CHANNEL }, MESSAGE);
    const quiet = await chat.post({ channel: CHANNEL, thread }, MESSAGE);
    const loud = await chat.post({ channel: CHANNEL, thread, alsoInChannel: true }, MESSAGE);
    expect(slack.thread(CHANNEL, thread).map(({ ts }) => ts)).toEqual([thread, quiet, loud]);
    expect(slack.timeline(CHANNEL).map(({ ts }) => ts)).toEqual([thread, loud]);
  });

  it('links nothing by itself and shows no previews', async () => {
    const { chat, slack } = await opened();
    const ts = await chat.post({ channel: CHANNEL }, MESSAGE);
    await chat.edit({ channel: CHANNEL, ts }, MESSAGE);
    expect(slack.callsOf('chat.postMessage')[0]?.args).toMatchObject({ parse: 'none', unfurl_links: 'false', unfurl_media: 'false' });
    expect(slack.callsOf('chat.update')[0]?.args).toMatchObject({ parse: 'none', link_names: 'false' });
  });

  it('loses its layout when it is edited into plain words', async () => {
    const { chat, slack } = await opened();
    const ts = await chat.post({ channel: CHANNEL }, MESSAGE);
    await chat.edit({ channel: CHANNEL, ts }, { text: 'only words', blocks: [] });
    expect(slack.textOf(CHANNEL, ts)).toBe('only words');
    expect(slack.textOf(CHANNEL, await chat.post({ channel: CHANNEL }, { text: 'words', blocks: [] }))).toBe('words');
  });

  it('is gone when somebody has deleted it', async () => {
    const { chat, slack } = await opened();
    const ts = await chat.post({ channel: CHANNEL }, MESSAGE);
    slack.deleteMessage(CHANNEL, ts);
    expect(await faultOf(chat.edit({ channel: CHANNEL, ts }, MESSAGE))).toBe('gone - chat.update: message_not_found');
  });

  it('still takes answers after its first one was deleted, and none where there never was one', async () => {
    const { chat, slack } = await opened();
    const thread = await chat.post({ channel: CHANNEL }, MESSAGE);
    slack.deleteMessage(CHANNEL, thread);
    await chat.post({ channel: CHANNEL, thread }, MESSAGE);
    expect(slack.thread(CHANNEL, thread)).toHaveLength(1);
    expect(await faultOf(chat.post({ channel: CHANNEL, thread: '1.000099' }, MESSAGE))).toBe('gone - chat.postMessage: thread_not_found');
  });

  it('of somebody else is never edited', async () => {
    const { alice, chat, slack } = await opened();
    const ts = slack.writes(alice, CHANNEL, 'mine');
    expect(await faultOf(chat.edit({ channel: CHANNEL, ts }, MESSAGE))).toBe('gone - chat.update: cant_update_message');
  });

  it('in a form that Slack does not take is refused for good, without what it said', async () => {
    const { chat } = await opened();
    const message = { text: 'words', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'secret'.repeat(1_000) } }] };
    expect(await faultOf(chat.post({ channel: CHANNEL }, message))).toBe('never - chat.postMessage: invalid_blocks');
  });

  it('names the block that Slack does not like', async () => {
    const { chat, slack } = await opened();
    const messages = ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'];
    slack.nextAnswers('chat.postMessage', { body: { ok: false, error: 'invalid_blocks', response_metadata: { messages } } });
    expect(await faultOf(chat.post({ channel: CHANNEL }, MESSAGE))).toBe('never - chat.postMessage: invalid_blocks at /blocks/0/text/text');
  });
});

describe('a whisper', () => {
  it('is seen by one person, in the thread where it belongs', async () => {
    const { alice, chat, slack } = await opened();
    slack.addPerson({ id: 'U0BOB' });
    const thread = await chat.post({ channel: CHANNEL }, MESSAGE);
    await chat.whisper({ channel: CHANNEL, thread, user: alice.id }, 'not counted');
    expect(slack.whispers).toEqual([{ user: alice.id, channel: CHANNEL, thread, text: 'not counted', via: 'chat.postEphemeral' }]);
    expect(slack.thread(CHANNEL, thread)).toHaveLength(1);
  });

  it('cannot be said to somebody who is not in the channel', async () => {
    const { chat, slack } = await opened();
    slack.addChannel({ id: 'C0OTHER', without: ['U0ALICE'] });
    expect(await faultOf(chat.whisper({ channel: 'C0OTHER', user: 'U0ALICE' }, 'psst'))).toBe(
      'never - chat.postEphemeral: user_not_in_channel',
    );
  });
});

describe('a text that is shared', () => {
  const file = { name: 'plan.txt', title: 'Plan of chg-1', text: 'bind endpoint 7:1 — ünïcode\n' };

  it('is a file in the thread', async () => {
    const { chat, slack } = await opened();
    const thread = await chat.post({ channel: CHANNEL }, MESSAGE);
    await chat.share({ channel: CHANNEL, thread }, file);
    expect(slack.filesOf(CHANNEL, thread)).toEqual([{ id: 'F00000001', ...file }]);
  });

  it('is a file in the channel when there is no thread', async () => {
    const { chat, slack } = await opened();
    await chat.share({ channel: CHANNEL }, file);
    expect(slack.timeline(CHANNEL).flatMap(({ files }) => files)).toEqual([{ id: 'F00000001', ...file }]);
  });

  it('is not shared twice when Slack fails before it is', async () => {
    const { chat, slack, slept } = await opened();
    slack.nextAnswers('upload', { status: 503 });
    await chat.share({ channel: CHANNEL }, file);
    expect(slack.timeline(CHANNEL)).toHaveLength(1);
    expect(slept).toEqual([0.5]);
  });

  it('needs the right to do so', async () => {
    const { chat, slack } = await opened();
    slack.removeScope('files:write');
    expect(await faultOf(chat.share({ channel: CHANNEL }, file))).toBe(
      'never - files.uploadV2: missing_scope (give the app the scope files:write and install it again)',
    );
  });
});

describe('a channel', () => {
  it.each([
    [
      'the app was not invited to',
      { isMember: false },
      'never - chat.postMessage: not_in_channel (invite the app to the channel: /invite @syncshift)',
    ],
    [
      'is private and the app is not in it',
      { isMember: false, isPrivate: true },
      'never - chat.postMessage: channel_not_found (if there is such a channel, invite the app to the channel: /invite @syncshift)',
    ],
    ['was archived', { isArchived: true }, 'never - chat.postMessage: is_archived'],
  ])('that %s takes no message', async (_name, spec, fault) => {
    const { chat, slack } = await opened();
    slack.addChannel({ id: 'C0OTHER', ...spec });
    expect(await faultOf(chat.post({ channel: 'C0OTHER' }, MESSAGE))).toBe(fault);
  });
});

async function opened() {
  const lab = await SlackLab.open();
  const { slack, alice, slept } = lab;
  return { slack, alice, slept, chat: lab.chat() };
}
