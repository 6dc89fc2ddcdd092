import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';
import { CHANNEL, failureOf, faultOf, MESSAGE, SlackLab, TOKEN } from './slack-lab.ts';

describe('the bot token', () => {
  it('is sent with every call', async () => {
    const lab = await SlackLab.open();
    await lab.chat().post({ channel: CHANNEL }, MESSAGE);
    expect(lab.slack.calls.map(({ token }) => token)).toEqual([TOKEN]);
  });

  it('is not asked for before there is something to say', async () => {
    const lab = await SlackLab.open();
    const token = vi.fn(async () => TOKEN);
    const chat = lab.chat({}, { token });
    expect(token).not.toHaveBeenCalled();
    await chat.user('U0ALICE');
    expect(token).toHaveBeenCalledOnce();
  });

  it('is taken up anew after it was rotated; until then calls are left for later', async () => {
    const lab = await SlackLab.open();
    const chat = lab.chat();
    await chat.post({ channel: CHANNEL }, MESSAGE);
    lab.slack.rotateToken('xoxb-rotated');
    expect(await faultOf(chat.post({ channel: CHANNEL }, MESSAGE))).toBe('later - chat.postMessage: token_revoked');
    lab.token = 'xoxb-rotated';
    await chat.post({ channel: CHANNEL }, MESSAGE);
    expect(lab.slack.timeline(CHANNEL)).toHaveLength(2);
  });

  it.each([
    ['is wrong', async () => 'xoxb-wrong', 'later - users.info: invalid_auth'],
    ['has a line break', async () => `${TOKEN}\n`, 'later - users.info: the bot token has characters that no token has'],
    ['is empty', async () => '', 'later - users.info: the bot token has characters that no token has'],
    [
      'cannot be read',
      () => Promise.reject(new StepError('ClusterAccessError', 'the secret slack cannot be read')),
      'later - users.info: the bot token cannot be read: the secret slack cannot be read',
    ],
    ['cannot be read for a reason of others', () => Promise.reject(new Error(TOKEN)), 'later - users.info: the bot token cannot be read'],
  ])('that %s is a matter for an administrator', async (_name, token, fault) => {
    const lab = await SlackLab.open();
    expect(await faultOf(lab.chat({}, { token }).user('U0ALICE'))).toBe(fault);
  });

  it('is in no error, whatever goes wrong', async () => {
    const lab = await SlackLab.open();
    const chat = lab.chat({ timeoutSeconds: 0.2, pausesSeconds: [] });
    const troubles = [
      'hang-up',
      'answer-lost',
      'silence',
      { status: 500 },
      { error: 'invalid_auth' },
      { body: TOKEN },
      { body: { ok: false, error: TOKEN } },
      { retryAfterSeconds: 100 },
    ] as const;
    const errors = [await failureOf(lab.chat({}, { token: async () => `${TOKEN}\u2028` }).user('U0ALICE'))];
    for (const trouble of troubles) {
      lab.slack.nextAnswers('users.info', trouble);
      errors.push(await failureOf(chat.user('U0ALICE')));
    }
    await lab.slack.goDown('unreachable');
    errors.push(await failureOf(chat.user('U0ALICE')));
    for (const error of errors) expect(inspect(error, { depth: null, showHidden: true })).not.toContain(TOKEN);
  });

  it('is never logged: the library says nothing', async () => {
    const spies = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    const lab = await SlackLab.open();
    lab.slack.nextAnswers('users.info', 'hang-up', { error: 'invalid_auth' });
    await failureOf(lab.chat({ pausesSeconds: [0] }).user('U0ALICE'));
    expect(spies.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});
