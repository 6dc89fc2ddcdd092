import { describe, expect, it } from 'vitest';
import { slackCredentials } from '../../../../lambdas/runtime/slack-credentials.ts';

const CREDENTIALS = { signingSecret: '8f742231b10e8888', botToken: 'xoxb-1234' };
const secretsWith = (text: string) => ({ read: async () => text });
const noSecrets = { read: () => expect.fail('a secret was read') };
const failureOf = (given: Promise<unknown>): Promise<Error> =>
  given.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

describe('slackCredentials', () => {
  it('are read out of a secret', async () => {
    expect(await slackCredentials({ secretId: 'syncshift/slack' }, secretsWith(JSON.stringify(CREDENTIALS)), {})).toEqual(CREDENTIALS);
  });

  it('are read out of the environment, and of no secret', async () => {
    const env = { SIGNING: CREDENTIALS.signingSecret, TOKEN: CREDENTIALS.botToken };
    expect(await slackCredentials({ signingSecretEnv: 'SIGNING', botTokenEnv: 'TOKEN' }, noSecrets, env)).toEqual(CREDENTIALS);
  });

  it.each([
    'xoxb-1234',
    '"xoxb-1234"',
    '{"botToken":"xoxb-1234"}',
    '{"botToken":"xoxb-1234","signingSecret":""}',
    '{"botToken":"xoxb-1234","signingSecret":7}',
    '{"botToken":"xoxb-1234","signingSecret":"8f74","xoxb-1234":true}',
  ])('name the secret when it holds %s, and repeat nothing of it', async (text) => {
    const error = await failureOf(slackCredentials({ secretId: 'syncshift/slack' }, secretsWith(text), {}));
    expect(error).toMatchObject({ name: 'ClusterAccessError', message: expect.stringContaining('the secret syncshift/slack is not JSON') });
    expect([error.message, error.stack, error.cause].join()).not.toContain('1234');
  });

  it.each([{ TOKEN: 'xoxb-1234' }, { TOKEN: 'xoxb-1234', SIGNING: '' }])('name the variable that is not set in %j', async (env) => {
    const error = await failureOf(slackCredentials({ signingSecretEnv: 'SIGNING', botTokenEnv: 'TOKEN' }, noSecrets, env));
    expect(error).toMatchObject({
      name: 'ClusterAccessError',
      message: 'chat.slack.credentials: the environment variable SIGNING is not set',
    });
  });
});
