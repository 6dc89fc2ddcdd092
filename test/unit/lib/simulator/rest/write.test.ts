import { afterEach, describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import { clusterWith, type DatabaseOptions } from '../../../../../lib/simulator/fleets.ts';
import { activeActive, replicaOf } from '../../../../../lib/simulator/replication.ts';
import type { RestFront } from '../../../../../lib/simulator/rest/front.ts';
import { answer } from '../../../../../lib/simulator/rladmin.ts';
import { call, frontOf, put, type Said } from './caller.ts';

const WIDEN = { proxy_policy: 'all-master-shards', endpoint: '7:1' };

let front: RestFront;
let cluster: SimulatedCluster;
afterEach(() => front.close());
async function start(options: DatabaseOptions = {}, settings: Partial<SimulatedCluster> = {}) {
  cluster = clusterWith({ relations: { replica: replicaOf(2) }, ...options }, settings);
  front = await frontOf(cluster);
}
const database = () => databaseOf(cluster, 7);
const at = (said: Said, name: string): unknown => (said.json as Record<string, unknown>)[name];

describe('PUT of a policy', () => {
  it('binds the endpoint it names and runs a job that is forgotten once it is over', async () => {
    await start({}, { jobCommands: 2 });
    const said = await put(front, WIDEN);
    expect(said).toMatchObject({ status: 200, json: { status: 'active-change-pending', action_uid: expect.any(String) } });
    const action = `/v1/actions/${at(said, 'action_uid')}`;
    expect((await call(front, action)).json).toMatchObject({ name: 'SMUpdateBDB', status: 'active', object_name: 'bdb:7' });
    expect((await call(front, '/v1/bdbs/7')).json).toMatchObject({ status: 'active-change-pending' });
    expect(await call(front, action)).toMatchObject({ status: 404, json: { error_code: 'action_not_found' } });
    expect((await call(front, '/v1/bdbs/7')).json).toMatchObject({ status: 'active', endpoints: [{ proxy_policy: 'all-master-shards' }] });
    expect(database().endpoints[0]?.nodes).toEqual([1, 2]);
  });

  it.each([{ proxy_policy: 'all-nodes' }, { proxy_policy: 'all-nodes', endpoint: '7:9' }])(
    'changes only the default with %j',
    async (body) => {
      await start();
      expect(await put(front, body)).toMatchObject({
        status: 200,
        json: { proxy_policy: 'all-nodes', endpoints: [{ proxy_policy: 'single' }] },
      });
    },
  );

  it('leaves proxy lists alone, unlike rladmin', async () => {
    await start({ policy: 'all-nodes', exclude: [2] });
    await put(front, WIDEN);
    expect(database().endpoints).toMatchObject([{ policy: 'all-master-shards', exclude: [2], nodes: [1] }]);
  });

  it('runs no job when nothing changes', async () => {
    await start();
    const said = await put(front, { replica_sync_dist: false });
    expect(said).toMatchObject({ status: 200, json: { status: 'active' } });
    expect(said.json).not.toHaveProperty('action_uid');
  });
});

describe('PUT of a distribution flag', () => {
  it('moves the mode, which rladmin sees too', async () => {
    await start();
    expect(await put(front, { replica_sync_dist: true })).toMatchObject({ json: { replica_sync_dist: true, syncer_mode: 'distributed' } });
    expect(answer(cluster, ['info', 'db', 'db:7']).stdout).toContain('syncer_mode: distributed');
  });

  it('moves nothing when the database has no such relation', async () => {
    await start();
    expect(await put(front, { crdt_sync_dist: true })).toMatchObject({ status: 200, json: { syncer_mode: 'centralized' } });
  });

  it('needs both flags on a database that is both kinds', async () => {
    await start({ relations: { crdt: activeActive(), replica: replicaOf() } }, { jobCommands: 0 });
    expect(await put(front, { crdt_sync_dist: true })).toMatchObject({
      json: { crdt_sync_dist: true, replica_sync_dist: false, syncer_mode: 'centralized' },
    });
    expect(await put(front, { replica_sync_dist: true })).toMatchObject({ json: { syncer_mode: 'distributed' } });
  });

  it('follows the mode that rladmin sets', async () => {
    await start();
    answer(cluster, ['tune', 'db', 'db:7', 'syncer_mode', 'distributed']);
    expect((await call(front, '/v1/bdbs/7')).json).toMatchObject({ replica_sync_dist: true, syncer_mode: 'distributed' });
  });
});

describe('PUT that is refused', () => {
  it.each<[string, unknown, number, string]>([
    ['the read-only mode', { syncer_mode: 'distributed' }, 400, 'invalid_schema'],
    ['a field it does not know', { ...WIDEN, colour: 'blue' }, 400, 'invalid_schema'],
    ['a name from the prototype', '{"toString": true}', 400, 'invalid_schema'],
    ['a flag that is no boolean', { replica_sync_dist: 'yes' }, 400, 'invalid_schema'],
    ['no JSON', '{"proxy_policy":', 400, 'bad_request'],
    ['a policy that does not exist', { proxy_policy: 'all-master-nodes' }, 406, 'invalid_proxy_policy'],
  ])('for %s changes nothing', async (_what, body, status, code) => {
    await start();
    const before = structuredClone(database());
    expect(await put(front, body)).toMatchObject({ status, json: { error_code: code } });
    expect(database()).toEqual(before);
  });

  it('is so for single with the OSS Cluster API', async () => {
    await start({ policy: 'all-nodes', ossCluster: true });
    expect(await put(front, { proxy_policy: 'single', endpoint: '7:1' })).toMatchObject({
      status: 406,
      json: { error_code: 'invalid_oss_cluster_configuration' },
    });
  });

  it('is so with 409 while the database is busy', async () => {
    await start({}, { jobCommands: 1 });
    await put(front, WIDEN);
    expect((await put(front, { replica_sync_dist: true })).status).toBe(409);
    expect((await put(front, { replica_sync_dist: true })).status).toBe(200);
  });

  it('is so for a database that does not exist, for other paths and for other methods', async () => {
    await start();
    expect((await put(front, WIDEN, '/v1/bdbs/8')).status).toBe(404);
    expect((await put(front, {}, '/v1/bdbs/7/flush')).status).toBe(404);
    expect((await call(front, '/v1/bdbs/7', { method: 'DELETE' })).status).toBe(404);
    expect(cluster.databases).toHaveLength(1);
  });
});

describe('dry run', () => {
  it('judges the change and makes none', async () => {
    await start();
    const before = structuredClone(database());
    expect((await put(front, WIDEN, '/v1/bdbs/7?dry_run')).status).toBe(200);
    expect((await put(front, { syncer_mode: 'distributed' }, '/v1/bdbs/7?dry_run')).status).toBe(400);
    expect(database()).toEqual(before);
    expect(cluster.commands.some(({ applied }) => applied)).toBe(false);
  });

  it('is a real change when the flag is lost on the way', async () => {
    await start({}, { faults: [{ on: 'dry_run', effect: { kind: 'dry-run-lost' } }] });
    await put(front, WIDEN, '/v1/bdbs/7?dry_run');
    expect(database().endpoints[0]?.policy).toBe('all-master-shards');
  });
});

describe('marks of a change', () => {
  it('grow with every change, whoever makes it', async () => {
    await start();
    const look = async () => {
      const said = await call(front, '/v1/bdbs/7');
      return [Number(said.headers['cluster-state-id']), Date.parse(String(at(said, 'last_changed_time')))] as const;
    };
    const [id, changed] = await look();
    expect(await look()).toEqual([id, changed]);
    answer(cluster, ['tune', 'db', 'db:7', 'syncer_mode', 'distributed']);
    const [laterId, laterChanged] = await look();
    expect(laterId).toBe(id + 1);
    expect(laterChanged).toBeGreaterThan(changed);
  });
});
