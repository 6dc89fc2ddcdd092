import type { Clock } from '../ports/clock.ts';
import type { Secrets } from '../ports/secrets.ts';
import { REQUESTS } from './requests.ts';

export interface SecretSettings {
  /** @default as the adapter does */
  readonly keepSeconds?: number;
  /** Limits of a request. */
  readonly requests?: typeof REQUESTS;
}

/** Secrets Manager, loaded when the first secret is asked for: most steps of most clusters need none. */
export function lazySecrets(clock: Pick<Clock, 'now'>, { keepSeconds, requests = REQUESTS }: SecretSettings = {}): Secrets {
  let secrets: Promise<Secrets> | undefined;
  const load = async (): Promise<Secrets> => {
    const [{ SecretsManagerClient }, { SecretsManagerSecrets }] = await Promise.all([
      import('@aws-sdk/client-secrets-manager'),
      import('../adapters/secrets-manager/secrets.ts'),
    ]);
    return new SecretsManagerSecrets({
      client: new SecretsManagerClient({ requestHandler: requests }),
      clock,
      ...(keepSeconds !== undefined && { keepSeconds }),
    });
  };
  return {
    read: async (secretId) => {
      secrets ??= load();
      return (await secrets).read(secretId);
    },
  };
}
