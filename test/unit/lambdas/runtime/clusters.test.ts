import { describe, expect, it } from 'vitest';
import { Configuration } from '../../../../lambdas/contracts/configuration.ts';
import { Clusters } from '../../../../lambdas/runtime/clusters.ts';
import { VirtualClock } from '../../../support/lab.ts';

const health = { url: 'https://127.0.0.1:9', credentials: { usernameEnv: 'NO_SUCH_USER', passwordEnv: 'NO_SUCH_PASSWORD' } };
const clustersOf = (clusters: Record<string, unknown>) =>
  new Clusters({
    configuration: Configuration.parse({ clusters }),
    clock: new VirtualClock(),
    secrets: { read: async () => '' },
    folder: '/nowhere',
  });

describe('Clusters', () => {
  it('refuses a cluster that is not configured, and names those that are', async () => {
    await expect(clustersOf({ lab: { transport: 'exec', rladmin: ['rladmin'] } }).open('constructor')).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: 'no cluster "constructor" is configured; there is lab',
    });
  });

  it('has no source of health data for a cluster that names none', async () => {
    expect(await clustersOf({ lab: { transport: 'exec', rladmin: ['rladmin'] } }).health('lab')).toBeUndefined();
  });

  it('watches over REST a cluster that is changed through rladmin', async () => {
    const clusters = clustersOf({ lab: { transport: 'exec', rladmin: ['rladmin'], health } });
    expect(await clusters.health('lab')).toBeDefined();
  });

  it('names the variable of a credential that is not set', async () => {
    const source = await clustersOf({ lab: { transport: 'exec', rladmin: ['rladmin'], health } }).health('lab');
    await expect(source?.readHealth('db:7')).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: 'clusters.lab: the environment variable NO_SUCH_USER is not set',
    });
  });

  it('names the file of a certificate authority that cannot be read', async () => {
    process.env.SYNCSHIFT_TEST_LOGIN = 'somebody';
    const credentials = { usernameEnv: 'SYNCSHIFT_TEST_LOGIN', passwordEnv: 'SYNCSHIFT_TEST_LOGIN' };
    const clusters = clustersOf({ us: { transport: 'rest', ...health, credentials, ca: { file: 'ca.pem' } } });
    await expect((await clusters.open('us')).readDatabase('db:7')).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: expect.stringContaining('/nowhere/ca.pem'),
    });
  });
});
