import type { ChatSettings, SlackSettings } from '../../lambdas/contracts/chat-settings.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';
import type { Location } from './location.ts';
import { problemOfSecret } from './secret-reference.ts';

export interface DeployableSlack extends SlackSettings {
  readonly credentials: Extract<SlackSettings['credentials'], { secretId: string }>;
}

/** How people hear of changes and ask for them, as far as functions can do it. */
export interface DeployableChat extends Pick<ChatSettings, 'notifications'> {
  readonly slack?: DeployableSlack;
}

/**
 * @param main - where the functions are, which read secrets there. Without it, less can be checked.
 * @returns nothing when there is no configuration.
 * @throws ConfigurationError for credentials that functions could not read.
 */
export function deployableChat(loaded: LoadedConfiguration | undefined, main?: Location): DeployableChat {
  const { slack, ...rest } = loaded?.configuration.chat ?? {};
  if (!slack) return rest;
  const place = `${loaded?.file}: chat.slack.credentials`;
  const { credentials } = slack;
  if (!('secretId' in credentials))
    throw new ConfigurationError(`${place}: a deployed function reads secrets by reference, expected { "secretId" }`);
  const problem = problemOfSecret(credentials.secretId, main);
  if (problem) throw new ConfigurationError(`${place}.secretId: ${problem}`);
  return { ...rest, slack: { ...slack, credentials } };
}
