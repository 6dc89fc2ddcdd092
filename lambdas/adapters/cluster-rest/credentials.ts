import { StepError } from '../../contracts/errors.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads credentials out of a secret that holds `{"username": "…", "password": "…"}`.
 * @throws StepError `ClusterAccessError` which never repeats any part of the secret.
 */
export function parseCredentials(secretText: string): Credentials {
  let secret: unknown;
  try {
    secret = JSON.parse(secretText);
  } catch {
    // The parser's own message quotes the text.
  }
  if (typeof secret === 'object' && secret !== null && 'username' in secret && 'password' in secret) {
    const { username, password } = secret;
    if (typeof username === 'string' && username && typeof password === 'string' && password) return { username, password };
  }
  throw new StepError('ClusterAccessError', 'the secret with the credentials is not JSON of the form {"username": "…", "password": "…"}');
}

/** @throws StepError `ClusterAccessError` for a user name that HTTP Basic cannot carry. */
export function basicAuthorization({ username, password }: Credentials): string {
  if (username.includes(':')) throw new StepError('ClusterAccessError', 'the user name contains a colon, which HTTP Basic cannot carry');
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
