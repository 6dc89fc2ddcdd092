import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseFacts } from '../../../../../lambdas/contracts/facts.ts';
import { connect, HttpsCluster } from './https-cluster.ts';
import { database, endpoint, node, type SmallApi, smallApi } from './small-api.ts';

let server: HttpsCluster;
let api: SmallApi;
beforeAll(async () => {
  server = await HttpsCluster.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
  set({});
});
function set(settings: Record<string, unknown>): void {
  api = smallApi(settings);
  server.answer = api.answer;
}
const read = () => connect(server).cluster.readDatabase('db:7');

describe('reading a database', () => {
  it('gives its facts', async () => {
    const facts = await read();
    expect(DatabaseFacts.parse(facts)).toEqual({
      database: { cluster: 'lab', id: 'db:7', name: 'orders' },
      readAt: '2026-12-01T02:00:00.000Z',
      status: 'active',
      job: null,
      syncerMode: 'centralized',
      databasePolicy: 'single',
      ossCluster: false,
      replication: 'active-active',
      group: 'guid-1',
      endpoints: [{ id: '7:1', policy: 'single', include: [], exclude: [], nodes: [2] }],
      primaryNodes: [1],
      sickShards: [],
      nodes: [1, 2, 3].map((id) => ({ id, status: 'OK', version: '8.0.20-96', kind: 'data' })),
    });
  });

  it('G28: asks for named fields only, and records no credentials', async () => {
    const { cluster, events } = connect(server);
    await cluster.readDatabase('orders');
    const asked = server.commands.filter((command) => /bdbs(?:\/7)?(?:\?|$)/.test(command));
    expect(asked).toHaveLength(1);
    for (const command of asked) expect(command).toMatch(/\?fields=/);
    expect(JSON.stringify(events)).not.toContain('S3CRET');
  });

  it('G04, G30: that is not there, or hidden from the credentials, says so', async () => {
    const { cluster } = connect(server);
    await expect(cluster.readDatabase('db:8')).rejects.toMatchObject({
      name: 'PreconditionFailedError',
      message: expect.stringContaining('db:8'),
    });
    await expect(cluster.readDatabase('carts')).rejects.toMatchObject({
      name: 'PreconditionFailedError',
      message: expect.stringContaining('orders (db:7)'),
    });
  });

  it('H03: by a name that several have asks for the id', async () => {
    api.routes['/v1/bdbs'] = { json: [api.bdb, database({ uid: 9 })] };
    await expect(connect(server).cluster.readDatabase('orders')).rejects.toThrow('db:7, db:9');
  });

  it.each([
    [{ crdt: true, replica_sources: [] }, 'active-active'],
    [{ crdt: false, replica_sources: [{ uid: 1 }] }, 'replica-of'],
    [{ crdt: true, replica_sources: [{ uid: 1 }] }, 'both'],
    [{ crdt: false, replica_sources: [] }, 'none'],
    [{ crdt: null, replica_sources: null }, undefined],
  ])('tells how it replicates: %o is %s', async (settings, kind) => {
    set(settings);
    expect((await read()).replication).toBe(kind);
  });

  it.each([{ internal: true }, { type: 'memcached' }, { traffic_manually_disabled: true }])('refuses %o', async (settings) => {
    set(settings);
    await expect(read()).rejects.toMatchObject({ name: 'PreconditionFailedError' });
  });

  it.each([
    ['syncer_mode', null],
    ['syncer_mode', 'sideways'],
    ['status', undefined],
    ['crdt', 'yes'],
    ['internal', 1],
    ['endpoints', {}],
    ['replica_sources', 'none'],
  ])('G29: %s of an unknown kind (%o) is an output error that names it', async (field, value) => {
    set({ [field]: value });
    await expect(read()).rejects.toMatchObject({ name: 'ClusterOutputError', message: expect.stringContaining(field) });
  });

  it('G29: takes ids as texts and absent lists as empty', async () => {
    set({ uid: '7', endpoints: [endpoint({ include_proxies: ['3', 1], exclude_proxies: null })] });
    expect((await read()).endpoints).toMatchObject([{ include: [1, 3], exclude: [] }]);
  });

  it('G25: an answer from something in between is an output error', async () => {
    api.routes['/v1/bdbs/7'] = { text: '<html>please log in</html>' };
    await expect(read()).rejects.toMatchObject({ name: 'ClusterOutputError', message: expect.stringContaining('web page') });
    api.routes['/v1/bdbs/7'] = {};
    await expect(read()).rejects.toMatchObject({ name: 'ClusterOutputError' });
  });

  it('G03: a missing role is named', async () => {
    api.routes['/v1/bdbs/7'] = { status: 403, json: { error_code: 'forbidden', description: 'no' } };
    await expect(read()).rejects.toMatchObject({ name: 'ClusterAccessError', message: expect.stringContaining('db_viewer') });
  });

  it('shows sick shards and nodes as reported', async () => {
    api.routes['/v1/nodes'] = { json: [node(1), node(2), node(3, { status: 'down' })] };
    api.routes['/v1/bdbs/7/shards'] = { json: [{ uid: 21, role: 'master', node_uid: 1, status: 'active', detailed_status: 'loading' }] };
    const facts = await read();
    expect(facts.nodes[2]?.status).toBe('down');
    expect(facts.sickShards).toEqual(['redis:21 is "loading"']);
  });

  it('tells a quorum-only node from one in maintenance', async () => {
    api.routes['/v1/nodes'] = { json: [node(1, { accept_servers: false }), node(2), node(3, { max_listeners: 0 })] };
    api.routes['/v1/nodes/status'] = { json: { 1: { maintenance_snapshot: 'snap' }, 2: {}, 3: {} } };
    expect((await read()).nodes.map(({ kind }) => kind)).toEqual(['empty', 'data', 'quorum-only']);
    api.routes['/v1/nodes/status'] = { status: 404 };
    expect((await read()).nodes.map(({ kind }) => kind)).toEqual(['empty', 'data', 'empty']);
  });
});

describe('the job of a database', () => {
  it('is the handle it carries, or what its list of actions shows', async () => {
    set({ action_uid: 'abc' });
    expect((await read()).job).toBe('action abc');
    set({});
    api.routes['/v1/actions/bdb/7'] = { json: [{ name: 'SMUpdateBDB', state: 'proxy_policy', status: 'active', progress: '12.5' }] };
    expect((await read()).job).toBe('SMUpdateBDB (proxy_policy)');
  });

  it('E12: is over at a hundred percent, whatever its status says', async () => {
    api.routes['/v1/actions/bdb/7'] = { json: [{ name: 'SMUpdateBDB', status: 'active', progress: 100 }] };
    expect((await read()).job).toBeNull();
  });

  it('G05: is looked for among all actions where the version has no list for each, which is found out once', async () => {
    api.routes['/v1/actions/bdb/7'] = { status: 404 };
    api.routes['/v1/actions'] = { json: { 'state-machines': [{ name: 'SMRedisFailover', object_name: 'bdb:7', status: 'active' }] } };
    const { cluster } = connect(server);
    expect((await cluster.readDatabase('db:7')).job).toBe('SMRedisFailover (active)');
    await cluster.readDatabase('db:7');
    expect(server.commands.filter((command) => command.includes('/v1/actions/bdb'))).toHaveLength(1);
  });

  it('stays unknown where no list is to be had', async () => {
    api.routes['/v1/actions/bdb/7'] = { status: 404 };
    api.routes['/v1/actions'] = { status: 404 };
    expect(await read()).not.toHaveProperty('job');
  });
});

describe('the proxies of an endpoint', () => {
  const wide = { proxy_policy: 'all-nodes', endpoints: [endpoint({ proxy_policy: 'all-nodes', addr: ['127.0.0.1', '127.0.0.2'] })] };

  it('are what addresses and statistics agree on, without asking the nodes', async () => {
    set(wide);
    api.serving = [2, 1];
    expect((await read()).endpoints[0]?.nodes).toEqual([1, 2]);
    expect(server.commands.join()).not.toContain('/v1/local/');
  });

  it('are what the nodes say when addresses and statistics differ and one of them agrees', async () => {
    set(wide);
    api.serving = [1, 2];
    api.routes['/v1/endpoints/stats'] = { json: [{ uid: '7:1:1' }] };
    expect((await read()).endpoints[0]?.nodes).toEqual([1, 2]);
  });

  it('cannot be told from one evidence alone', async () => {
    set(wide);
    api.routes['/v1/endpoints/stats'] = { status: 404 };
    api.routes['/v1/local/bdbs/7/endpoint/availability'] = { status: 404 };
    expect((await read()).endpoints[0]).toMatchObject({
      nodes: [],
      unclear: expect.stringMatching(/^the proxies of endpoint 7:1 cannot be told: its addresses say 1, 2; .*could not be had/),
    });
  });

  it('cannot be told when all evidences differ', async () => {
    set(wide);
    api.serving = [3];
    api.routes['/v1/endpoints/stats'] = { json: [{ uid: '7:1:1' }] };
    expect((await read()).endpoints[0]).toMatchObject({ nodes: [], unclear: expect.stringContaining('say 3') });
  });

  it('leave out the evidence of the nodes when one of them is out of reach, and leave that node alone for a while', async () => {
    set(wide);
    api.routes['/v1/endpoints/stats'] = { json: [{ uid: '7:1:1' }] };
    api.routes['/v1/local/bdbs/7/endpoint/availability'] = ({ at }) => (at === '127.0.0.2' ? { cut: 'before' } : { status: 200 });
    const { cluster } = connect(server);
    for (const facts of [await cluster.readDatabase('db:7'), await cluster.readDatabase('db:7')])
      expect(facts.endpoints[0]?.unclear).toContain('the nodes themselves could not be had');
    expect(server.asked.filter(({ at, path }) => at === '127.0.0.2' && path.includes('/local/'))).toHaveLength(1);
  });

  it('E08: are not on a node that answers 500, as builds before 7.22.0-216 do', async () => {
    set(wide);
    api.routes['/v1/endpoints/stats'] = { status: 404 };
    api.routes['/v1/local/bdbs/7/endpoint/availability'] = ({ at }) => ({ status: at === '127.0.0.3' ? 500 : 200 });
    expect((await read()).endpoints[0]?.nodes).toEqual([1, 2]);
  });

  it('of several endpoints are not told by the nodes, which speak of the database as a whole', async () => {
    set({ endpoints: [endpoint(), endpoint({ uid: '7:2' })] });
    api.routes['/v1/endpoints/stats'] = { status: 404 };
    for (const { nodes, unclear } of (await read()).endpoints)
      expect([nodes, unclear]).toEqual([[], expect.stringContaining('the nodes themselves could not be had')]);
  });

  it('may be known by external addresses, and both entries of one endpoint are one', async () => {
    api.routes['/v1/nodes'] = { json: [node(1), node(2, { external_addr: ['203.0.113.2'] }), node(3)] };
    api.bdb.endpoints = [endpoint(), endpoint({ addr: ['203.0.113.2'], addr_type: 'external' })];
    expect((await read()).endpoints).toMatchObject([{ id: '7:1', nodes: [2] }]);
  });

  it('B07: are being rebound while the entries of one endpoint disagree', async () => {
    api.bdb.endpoints = [endpoint(), endpoint({ proxy_policy: 'all-nodes' })];
    await expect(read()).rejects.toMatchObject({ name: 'DatabaseBusyError' });
  });
});

describe('inspecting', () => {
  it('tells what goes on in the cluster, without the jobs of databases', async () => {
    api.routes['/v1/actions'] = {
      json: {
        actions: [
          { action_uid: 'a', name: 'rebalance', status: 'active', progress: '5' },
          { name: 'old', status: 'completed' },
        ],
        'state-machines': [{ name: 'SMUpdateBDB', object_name: 'bdb:3', status: 'active' }],
      },
    };
    api.routes['/v1/cluster'] = { json: { upgrade_mode: true } };
    const { conditions } = await connect(server).cluster.inspect('db:7');
    expect(conditions).toEqual({ runningActions: ['rebalance (active)'], upgradeMode: true });
  });

  it('G05: reads the newer list where the older is gone', async () => {
    api.routes['/v1/actions'] = { status: 404 };
    api.routes['/v2/actions'] = {
      json: [
        { action_uid: 'b', name: 'upgrade', status: 'running' },
        { name: 'x', status: 'completed' },
      ],
    };
    expect((await connect(server).cluster.inspect('db:7')).conditions.runningActions).toEqual(['upgrade (running)']);
  });

  it('leaves out what the cluster does not say', async () => {
    api.routes['/v1/actions'] = { status: 403, json: {} };
    api.routes['/v1/cluster'] = { json: { upgrade_mode: 'maybe' } };
    expect((await connect(server).cluster.inspect('db:7')).conditions).toEqual({});
  });

  it('is unreachable where nothing answers', async () => {
    const { cluster } = connect(server, { url: 'https://localhost:1' });
    await expect(cluster.inspect('db:7')).rejects.toMatchObject({ name: 'ClusterUnreachableError' });
  });
});

describe('reading every database', () => {
  it('goes in the order of the ids and reports those that cannot be read', async () => {
    api.routes['/v1/bdbs'] = {
      json: [database({ uid: 12, name: 'carts', syncer_mode: null }), api.bdb, database({ uid: 2, name: 'inner', internal: true })],
    };
    api.routes['/v1/bdbs/12/shards'] = { json: [] };
    api.routes['/v1/actions/bdb/12'] = { json: [] };
    const all = await connect(server).cluster.readAll();
    expect(all).toMatchObject([
      { id: 'db:2', name: 'inner', error: { name: 'PreconditionFailedError' } },
      { database: { id: 'db:7' } },
      { id: 'db:12', name: 'carts', error: { name: 'ClusterOutputError' } },
    ]);
  });
});
