import { SlackCredentials, type SlackSettings } from '../contracts/chat-settings.ts';
import type { Configuration } from '../contracts/configuration.ts';
import { StepError } from '../contracts/errors.ts';
import type { Secrets } from '../ports/secrets.ts';

/** How long the credentials are kept, in seconds: what failed while they were exchanged is tried again a minute later, with the new ones. */
export const KEEP_CREDENTIALS_SECONDS = 50;

/** The Slack settings of a configuration. @throws StepError `ClusterAccessError` when it has none. */
export function slackOf({ chat }: Pick<Configuration, 'chat'>): SlackSettings {
  if (chat?.slack) return chat.slack;
  throw new StepError('ClusterAccessError', 'the configuration has no chat.slack');
}

function parseSecret(text: string): SlackCredentials | undefined {
  try {
    return SlackCredentials.safeParse(JSON.parse(text)).data;
  } catch {
    // The parser's own message quotes the text.
    return undefined;
  }
}

function fromEnvironment(variable: string, env: NodeJS.ProcessEnv): string {
  const value = env[variable];
  if (value) return value;
  throw new StepError('ClusterAccessError', `chat.slack.credentials: the environment variable ${variable} is not set`);
}

/**
 * What proves that a request comes from Slack, and what lets us call it.
 * @throws StepError `ClusterAccessError` which names the secret or the variable, and never repeats any part of a value.
 */
export async function slackCredentials(
  credentials: SlackSettings['credentials'],
  secrets: Secrets,
  env: NodeJS.ProcessEnv,
): Promise<SlackCredentials> {
  if (!('secretId' in credentials))
    return {
      signingSecret: fromEnvironment(credentials.signingSecretEnv, env),
      botToken: fromEnvironment(credentials.botTokenEnv, env),
    };
  const parsed = parseSecret(await secrets.read(credentials.secretId));
  if (parsed) return parsed;
  const form = '{"signingSecret": "…", "botToken": "…"}';
  throw new StepError('ClusterAccessError', `the secret ${credentials.secretId} is not JSON of the form ${form}`);
}
