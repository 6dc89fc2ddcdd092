import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SecretsManagerSecrets } from '../../../../../lambdas/adapters/secrets-manager/secrets.ts';
import { later } from '../../../../support/facts.ts';

const client = mockClient(SecretsManagerClient);
let seconds: number;
let secrets: SecretsManagerSecrets;
beforeEach(() => {
  client.reset();
  seconds = 0;
  secrets = new SecretsManagerSecrets({ client: new SecretsManagerClient({}), clock: { now: () => new Date(later(seconds)) } });
});

describe('SecretsManagerSecrets', () => {
  it('asks once for a secret that is needed often', async () => {
    client.on(GetSecretValueCommand, { SecretId: 'redis/eu' }).resolves({ SecretString: 'value' });
    expect([await secrets.read('redis/eu'), await secrets.read('redis/eu')]).toEqual(['value', 'value']);
    expect(client.commandCalls(GetSecretValueCommand)).toHaveLength(1);
  });

  it('takes up a rotated secret after some minutes', async () => {
    client.on(GetSecretValueCommand).resolvesOnce({ SecretString: 'old' }).resolves({ SecretString: 'new' });
    await secrets.read('redis/eu');
    seconds = 301;
    expect(await secrets.read('redis/eu')).toBe('new');
  });

  it('names the secret that cannot be read, and the reason', async () => {
    client.on(GetSecretValueCommand).rejects(Object.assign(new Error('nope'), { name: 'AccessDeniedException' }));
    await expect(secrets.read('redis/eu')).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: 'the secret redis/eu cannot be read: AccessDeniedException',
    });
  });

  it('refuses a secret without text', async () => {
    client.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    await expect(secrets.read('redis/eu')).rejects.toMatchObject({ name: 'ClusterAccessError' });
  });
});
