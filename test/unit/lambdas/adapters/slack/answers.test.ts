import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CHANNEL, failureOf, faultOf, listeningApp, SlackLab } from './slack-lab.ts';

const FORM = {
  type: 'modal',
  callback_id: 'reject-reason',
  title: { type: 'plain_text', text: 'Reject' },
  submit: { type: 'plain_text', text: 'Reject' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Reason' },
      element: { type: 'plain_text_input', action_id: 'reason', max_length: 20 },
    },
  ],
};

/** Alice has given a command: what came with it. */
async function commanded() {
  const lab = await SlackLab.open();
  const told = await listeningApp(lab.slack);
  await lab.alice.types('/syncshift status', CHANNEL);
  const fields = told[0]?.fields;
  return { ...lab, lab, told, url: fields?.get('response_url') ?? '', trigger: fields?.get('trigger_id') ?? '' };
}

describe('an answer to a command', () => {
  it('is seen by the one who gave it', async () => {
    const { lab, url } = await commanded();
    await lab.chat().answer(url, 'nothing runs');
    expect(lab.alice.whispers).toEqual([{ user: lab.alice.id, channel: CHANNEL, text: 'nothing runs', via: 'response_url' }]);
    expect(lab.slack.callsOf('response_url')[0]?.args).toEqual({ response_type: 'ephemeral', text: 'nothing runs' });
  });

  it('shows the token to nobody', async () => {
    const { lab, url } = await commanded();
    await lab.chat().answer(url, 'nothing runs');
    expect(lab.slack.callsOf('response_url')[0]?.token).toBeUndefined();
  });

  it.each([
    ['after half an hour', 1_801, 0, 'late - response_url: expired_url'],
    ['after five answers', 0, 5, 'late - response_url: used_url'],
  ])('is late %s', async (_name, seconds, answers, fault) => {
    const { lab, url } = await commanded();
    for (let count = 0; count < answers; count += 1) await lab.chat().answer(url, 'again');
    lab.passes(seconds);
    expect(await faultOf(lab.chat().answer(url, 'too late'))).toBe(fault);
    expect(lab.slept).toEqual([]);
  });

  it.each([
    [{ status: 404, body: 'expired_url' }, 'late - response_url: expired_url'],
    [{ status: 404, body: 'No such page' }, 'late - response_url: HTTP 404'],
    [{ status: 403 }, 'later - response_url: HTTP 403'],
    [{ error: 'used_url' }, 'late - response_url: used_url'],
    [{ status: 400, error: 'invalid_payload' }, 'never - response_url: invalid_payload'],
    ['answer-lost', 'later - response_url: there was no complete answer (UND_ERR_SOCKET)'],
  ] as const)('that is refused (%j) is not tried again', async (trouble, fault) => {
    const { lab, url } = await commanded();
    lab.slack.nextAnswers('response_url', trouble, trouble);
    expect(await faultOf(lab.chat().answer(url, 'hello'))).toBe(fault);
    expect(lab.slack.callsOf('response_url')).toHaveLength(1);
  });

  it('is tried again after a rate limit and while Slack is down for a moment', async () => {
    const { lab, url } = await commanded();
    lab.slack.nextAnswers('response_url', { retryAfterSeconds: 3 }, { status: 503 });
    await lab.chat().answer(url, 'hello');
    expect(lab.alice.whispers).toHaveLength(1);
    expect(lab.slept).toEqual([3, 0.5]);
  });

  it('that fails does not show where it was to go', async () => {
    const { lab, url } = await commanded();
    const chat = lab.chat({ timeoutSeconds: 0.2, pausesSeconds: [] });
    const errors = [await failureOf(chat.answer(`no address: ${url}`, 'hello'))];
    for (const trouble of ['silence', 'hang-up', { status: 500, body: url }, { error: url }] as const) {
      lab.slack.nextAnswers('response_url', trouble);
      errors.push(await failureOf(chat.answer(url, 'hello')));
    }
    const secret = url.split('/').at(-1) ?? '';
    expect(secret).not.toBe('');
    for (const error of errors) expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret);
  });
});

describe('a form', () => {
  it('opens before the one who acted, and is submitted to the app', async () => {
    const { lab, told, trigger } = await commanded();
    await lab.chat().openForm(trigger, FORM);
    const form = lab.alice.form;
    if (!form) throw new Error('no form is open');
    await lab.alice.submits(form, { reason: 'not tonight' });
    expect(JSON.parse(told[1]?.fields.get('payload') ?? '')).toMatchObject({
      type: 'view_submission',
      user: { id: lab.alice.id },
      view: {
        callback_id: 'reject-reason',
        state: { values: { reason: { reason: { type: 'plain_text_input', value: 'not tonight' } } } },
      },
    });
    expect(lab.alice.form).toBeUndefined();
  });

  it('is late three seconds after the person acted', async () => {
    const { lab, trigger } = await commanded();
    lab.passes(3.1);
    expect(await faultOf(lab.chat().openForm(trigger, FORM))).toBe('late - views.open: expired_trigger_id');
  });

  it('opens once', async () => {
    const { lab, trigger } = await commanded();
    await lab.chat().openForm(trigger, FORM);
    expect(await faultOf(lab.chat().openForm(trigger, FORM))).toBe('late - views.open: exchanged_trigger_id');
  });

  it('is not waited for when a rate limit outlasts its three seconds', async () => {
    const { lab, trigger } = await commanded();
    lab.slack.nextAnswers('views.open', { retryAfterSeconds: 3 });
    expect(await faultOf(lab.chat().openForm(trigger, FORM))).toBe('later - views.open: rate limited for 3 s');
    expect(lab.slept).toEqual([]);
  });

  it('that Slack does not understand never opens', async () => {
    const { lab, trigger } = await commanded();
    expect(await faultOf(lab.chat().openForm(trigger, { ...FORM, blocks: [] }))).toBe('never - views.open: invalid_arguments');
  });
});
