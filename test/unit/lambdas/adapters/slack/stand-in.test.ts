import { describe, expect, it } from 'vitest';
import { signatureOf } from '../../../../support/slack/outgoing.ts';
import { CHANNEL, listeningApp, SIGNING_SECRET, SlackLab, TEAM } from './slack-lab.ts';

const button = (action_id: string) => ({
  type: 'button',
  action_id,
  text: { type: 'plain_text', text: action_id },
  value: `value of ${action_id}`,
  confirm: {
    title: { type: 'plain_text', text: 'Sure?' },
    text: { type: 'plain_text', text: 'Really?' },
    confirm: { type: 'plain_text', text: 'Yes' },
    deny: { type: 'plain_text', text: 'No' },
  },
});
const QUESTION = { text: 'Approve?', blocks: [{ type: 'actions', block_id: 'decide', elements: [button('approve'), button('reject')] }] };

describe('the stand-in for Slack', () => {
  it('signs the example of the documentation as Slack does', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    expect(signatureOf('8f742231b10e8888abcd99yyyzzz85a5', '1531420618', body)).toBe(
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    );
  });

  it('tells an app of a command in the documented form, signed over its very bytes', async () => {
    const lab = await SlackLab.open();
    const told = await listeningApp(lab.slack, '{"response_type":"ephemeral","text":"looking"}');
    await lab.alice.types('/syncshift plan  orders & more', CHANNEL);
    const [{ fields, body, headers } = { fields: new URLSearchParams(), body: '', headers: {} }] = told;
    expect(Object.fromEntries(fields)).toMatchObject({
      team_id: TEAM,
      channel_id: CHANNEL,
      user_id: lab.alice.id,
      command: '/syncshift',
      text: 'plan  orders &amp; more',
    });
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': '1796119200',
      'x-slack-signature': signatureOf(SIGNING_SECRET, '1796119200', body),
    });
    expect(lab.alice.whispers.map(({ text }) => text)).toEqual(['looking']);
  });

  it('tells an app of a pressed button with the value that it was posted with', async () => {
    const lab = await SlackLab.open();
    const told = await listeningApp(lab.slack);
    const thread = await lab.chat().post({ channel: CHANNEL }, { text: 'root', blocks: [] });
    const ts = await lab.chat().post({ channel: CHANNEL, thread }, QUESTION);
    await lab.alice.presses(ts, 'approve');
    expect(JSON.parse(told[0]?.fields.get('payload') ?? '')).toMatchObject({
      type: 'block_actions',
      team: { id: TEAM },
      user: { id: lab.alice.id, team_id: TEAM },
      channel: { id: CHANNEL },
      container: { type: 'message', message_ts: ts, channel_id: CHANNEL, thread_ts: thread },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'decide', value: 'value of approve' }],
    });
  });

  it('lets nobody press a button that is not there any more', async () => {
    const lab = await SlackLab.open();
    await listeningApp(lab.slack);
    const ts = await lab.chat().post({ channel: CHANNEL }, QUESTION);
    await lab.chat().edit({ channel: CHANNEL, ts }, { text: 'approved', blocks: [] });
    await expect(lab.alice.presses(ts, 'approve')).rejects.toThrow('there is no button approve');
    lab.slack.deleteMessage(CHANNEL, ts);
    await expect(lab.alice.presses(ts, 'approve')).rejects.toThrow('there is no message');
  });

  it('sends again what it sent, to the byte', async () => {
    const lab = await SlackLab.open();
    const told = await listeningApp(lab.slack);
    await lab.alice.types('/syncshift status', CHANNEL);
    const [request] = lab.slack.sent;
    if (!request) throw new Error('nothing was sent');
    await lab.slack.deliver({ ...request, headers: { ...request.headers, 'X-Slack-Retry-Num': '1' } });
    expect(told.map(({ body }) => body)).toEqual([request.body, request.body]);
  });
});
