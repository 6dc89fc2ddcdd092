import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { StepError } from '../../contracts/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Secrets } from '../../ports/secrets.ts';

const KEEP_SECONDS = 300;

export interface SecretsManagerSecretsProps {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  readonly clock: Pick<Clock, 'now'>;
  /** A rotated secret is taken up within this time, in seconds. @default 300 */
  readonly keepSeconds?: number;
}

/** Secrets of AWS Secrets Manager, kept in memory for a few minutes. */
export class SecretsManagerSecrets implements Secrets {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #keepSeconds: number;
  readonly #kept = new Map<string, { value: string; until: number }>();

  constructor({ client, clock, keepSeconds = KEEP_SECONDS }: SecretsManagerSecretsProps) {
    this.#client = client;
    this.#keepSeconds = keepSeconds;
    this.#clock = clock;
  }

  async read(secretId: string): Promise<string> {
    const now = this.#clock.now().getTime();
    const kept = this.#kept.get(secretId);
    if (kept && kept.until > now) return kept.value;
    const value = await this.#fetch(secretId);
    this.#kept.set(secretId, { value, until: now + this.#keepSeconds * 1000 });
    return value;
  }

  async #fetch(secretId: string): Promise<string> {
    try {
      const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: secretId }));
      if (SecretString) return SecretString;
    } catch (error) {
      const reason = error instanceof Error ? inWords(error) : 'unknown error';
      throw new StepError('ClusterAccessError', `the secret ${secretId} cannot be read: ${reason}`, { cause: error });
    }
    throw new StepError('ClusterAccessError', `the secret ${secretId} holds no text`);
  }
}

/** A plain error of the SDK, such as a region that is not configured, says in its message what its name does not. */
function inWords({ name, message }: Error): string {
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return 'no AWS credentials were found; sign in, or set AWS_PROFILE';
  return name === 'Error' ? message : name;
}
