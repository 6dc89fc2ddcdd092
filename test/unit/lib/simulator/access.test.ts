import { describe, expect, it } from 'vitest';
import { inFile } from '../../../../lib/simulator/access.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { replicaOf } from '../../../../lib/simulator/replication.ts';
import { loadState } from '../../../../lib/simulator/state-file.ts';
import { installRladmin } from '../../../support/rladmin-process.ts';
import { call, frontOf, put } from './rest/caller.ts';
import { ask, clientFor, frontFor, send } from './ssm/node.ts';

describe('a cluster in a file', () => {
  it('is the same cluster for a shell on its nodes and for its API', async () => {
    const node = await installRladmin(clusterWith({ relations: { replica: replicaOf(2) } }, { jobCommands: 0 }));
    const api = await frontOf(clusterWith(), { use: inFile(node.state) });
    const ssm = await frontFor(node.rladmin);
    const client = clientFor(ssm);
    try {
      await put(api, { proxy_policy: 'all-master-shards', endpoint: '7:1' });
      const widened = await ask(client, await send(client, { actions: 'status-endpoints-of', database: 'db:7' }));
      expect(widened.StandardOutputContent).toMatch(/endpoint:7:1 node:2 all-master-shards/);
      await ask(client, await send(client, { actions: 'tune-syncer', database: 'db:7', mode: 'distributed' }));
      expect((await call(api, '/v1/bdbs/7')).json).toMatchObject({ syncer_mode: 'distributed', replica_sync_dist: true });
      expect((await loadState(node.state)).commands.map(({ argv }) => argv[0])).toEqual(['PUT', 'status', 'tune', 'GET']);
    } finally {
      client.destroy();
      await Promise.all([api.close(), ssm.close()]);
      await node.remove();
    }
  });
});
