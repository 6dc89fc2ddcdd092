import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Write } from '../../../../../lambdas/contracts/write.ts';
import { connect, HttpsCluster, type Reply } from './https-cluster.ts';
import { endpoint, type SmallApi, smallApi } from './small-api.ts';

let server: HttpsCluster;
let api: SmallApi;
beforeAll(async () => {
  server = await HttpsCluster.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
  api = smallApi();
  server.answer = api.answer;
});

const TUNE: Write = { kind: 'tune-syncer', database: 'db:7', mode: 'distributed', relation: 'crdt' };
const BIND: Write = { kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-master-shards' };
const LIST: Write = { kind: 'bind-list', database: 'db:7', endpoint: '7:1', list: 'include', nodes: [3] };
const OPTIONS = { limitSeconds: 300, runId: 'chg-1/tune' };

const send = (write: Write, limitSeconds = OPTIONS.limitSeconds) => connect(server).cluster.send(write, { ...OPTIONS, limitSeconds });
const puts = () => server.asked.filter(({ method }) => method === 'PUT');
const realPuts = () => puts().filter(({ path }) => !path.includes('dry_run'));

describe('a write', () => {
  it.each([
    [TUNE, 'PUT /v1/bdbs/7 {"crdt_sync_dist":true}'],
    [{ ...TUNE, mode: 'centralized', relation: 'replica' } as Write, 'PUT /v1/bdbs/7 {"replica_sync_dist":false}'],
    [BIND, 'PUT /v1/bdbs/7 {"proxy_policy":"all-master-shards","endpoint":"7:1"}'],
  ])('is described as %o is recorded', (write, words) => {
    expect(connect(server).cluster.describe(write)).toBe(words);
  });

  it.each([
    ['tune', TUNE, '{"crdt_sync_dist":true}'],
    ['bind', BIND, '{"proxy_policy":"all-master-shards","endpoint":"7:1"}'],
  ])('goes out once after a dry run of the same (%s), and its record is its description', async (_name, write, body) => {
    const { cluster, events } = connect(server);
    expect(await cluster.send(write, OPTIONS)).toMatchObject({ kind: 'accepted' });
    expect(puts()).toMatchObject([
      { path: '/v1/bdbs/7?dry_run', body },
      { path: '/v1/bdbs/7', body },
    ]);
    expect(events.filter(({ command }) => command === cluster.describe(write))).toHaveLength(1);
  });

  it('U9: to an endpoint with lists is not sent, because they could not be written back', async () => {
    api.bdb.endpoints = [endpoint({ include_proxies: [3] })];
    expect(await send(BIND)).toMatchObject({ kind: 'not-sent', text: expect.stringContaining('lists') });
    expect(puts()).toEqual([]);
  });

  it.each([
    ['a list', LIST],
    ['a mode without a relation', { kind: 'tune-syncer', database: 'db:7', mode: 'distributed' } as Write],
  ])('of %s is not possible here, and says so beforehand', async (_name, write) => {
    const answer = await send(write);
    expect(answer.kind).toBe('not-sent');
    expect(connect(server).cluster.describe(write)).toBe(`not sent: ${answer.text}`);
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['D06', { ...TUNE, relation: 'replica' } as Write, 'replica'],
    ['C14', { ...BIND, endpoint: '7:2' } as Write, '7:2'],
  ])('%s: for something that the database does not have is not sent', async (_id, write, word) => {
    expect(await send(write)).toMatchObject({ kind: 'not-sent', text: expect.stringContaining(word) });
    expect(puts()).toEqual([]);
  });
});

describe('the dry run', () => {
  it.each([
    ['C11', 406, 'invalid_proxy_policy'],
    ['C12', 406, 'invalid_oss_cluster_configuration'],
    ['C13', 406, 'insufficient_resources'],
    ['D08, G08', 400, 'bad_request'],
    ['G03', 403, 'db_member'],
    ['G04', 404, 'db_not_exist'],
    ['G01', 401, '401'],
  ])('%s: answered %i stops the write with the reason', async (_id, status, word) => {
    api.dryRun = () => ({ status, json: { error_code: word, description: 'because' } });
    expect(await send(BIND)).toMatchObject({ kind: 'not-sent', text: expect.stringContaining(word) });
    expect(realPuts()).toEqual([]);
  });

  it('G16: that changed something leaves the outcome open and is followed by nothing', async () => {
    api.dryRun = (asked) => api.put(asked);
    expect(await send(TUNE)).toMatchObject({ kind: 'none', text: expect.stringContaining('dry run changed something') });
    expect(realPuts()).toEqual([]);
  });

  it('G16: that only moved the time of the last change leaves the outcome open too', async () => {
    api.dryRun = () => {
      api.bdb.last_changed_time = '2026-11-02T00:00:00Z';
      return {};
    };
    expect(await send(TUNE)).toMatchObject({ kind: 'none', text: expect.stringContaining('time of the last change') });
    expect(realPuts()).toEqual([]);
  });

  it.each([{ cut: 'before' }, { status: 503 }, { text: '<html>' }] satisfies Reply[])(
    'that got no answer of use (%o) stops the write',
    async (reply) => {
      api.dryRun = () => reply;
      expect(await send(TUNE)).toMatchObject({ kind: 'not-sent' });
      expect(realPuts()).toEqual([]);
    },
  );
});

describe('the answer to a write', () => {
  it.each([{ cut: 'before' }, { cut: 'after-headers' }, { status: 500 }, { status: 503 }, { text: '<html>' }] satisfies Reply[])(
    'G10, G23, G25: that is none (%o) leaves the outcome open, and nothing is repeated',
    async (reply) => {
      api.put = () => reply;
      expect(await send(TUNE)).toMatchObject({ kind: 'none' });
      expect(realPuts()).toHaveLength(1);
    },
  );

  it('G23: that does not come in time leaves the outcome open', async () => {
    api.put = () => ({ hang: 'before' });
    const { cluster } = connect(server, { limits: { get: 30, put: 1 } });
    expect(await cluster.send(TUNE, OPTIONS)).toMatchObject({ kind: 'none' });
    expect(realPuts()).toHaveLength(1);
  });

  it('that refuses it is told with its reason', async () => {
    api.put = () => ({ status: 406, json: { error_code: 'replication_violation' } });
    expect(await send(TUNE)).toMatchObject({ kind: 'refused', text: expect.stringContaining('replication_violation') });
  });

  it('D07: is a refusal when the flag is ignored', async () => {
    api.put = () => ({ json: api.bdb });
    expect(await send(TUNE)).toMatchObject({ kind: 'refused', text: expect.stringContaining('the cluster ignored crdt_sync_dist') });
  });

  it('D06: is accepted when only the flag moves and the mode lags behind', async () => {
    api.put = () => {
      api.bdb.crdt_sync_dist = true;
      return { json: api.bdb };
    };
    expect(await send(TUNE)).toMatchObject({ kind: 'accepted' });
  });

  it('C14: tells when only the default policy of the database changed', async () => {
    api.put = () => {
      api.bdb.proxy_policy = 'all-master-shards';
      return { json: api.bdb };
    };
    expect(await send(BIND)).toMatchObject({ kind: 'accepted', text: expect.stringContaining('only the default policy') });
  });
});

describe('the job of a write', () => {
  it('is followed until it ends, no faster than every two seconds', async () => {
    let looks = 0;
    api.routes['/v1/actions/job-1'] = () => ({
      json: { action_uid: 'job-1', status: ++looks < 4 ? 'active' : 'completed', progress: '50' },
    });
    api.routes['/v1/bdbs/7'] = (asked) => {
      if (asked.method === 'PUT') return asked.path.includes('dry_run') ? {} : api.put(asked);
      return { json: { ...api.bdb, status: looks > 0 && looks < 3 ? 'active-change-pending' : 'active' } };
    };
    const { cluster, clock } = connect(server);
    expect(await cluster.send(TUNE, OPTIONS)).toMatchObject({ kind: 'accepted', text: expect.stringContaining('completed') });
    expect(looks).toBe(4);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(2);
  });

  it('G06: may be forgotten by the time it is asked for', async () => {
    expect(await send(TUNE)).toMatchObject({ kind: 'accepted' });
    expect(server.commands).toContain('GET /v1/actions/job-1');
  });

  it('E10: that failed is told, and the state counts', async () => {
    api.routes['/v1/actions/job-1'] = { json: { status: 'failed', error: 'late step' } };
    expect(await send(TUNE)).toMatchObject({ kind: 'accepted', text: expect.stringContaining('failed: late step') });
  });

  it('E12: that never ends is outlived by a database at rest with the wanted state', async () => {
    api.routes['/v1/actions/job-1'] = { json: { status: 'active', progress: 3 } };
    const { cluster, clock } = connect(server);
    expect(await cluster.send(TUNE, OPTIONS)).toMatchObject({ kind: 'accepted' });
    expect(clock.slept.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(30);
  });

  it('that outlives the limit ends as accepted, with words that say so', async () => {
    const put = api.put;
    api.put = (asked) => {
      const reply = put(asked);
      api.bdb.status = 'active-change-pending';
      return reply;
    };
    const { cluster, clock } = connect(server);
    expect(await cluster.send(TUNE, { ...OPTIONS, limitSeconds: 20 })).toMatchObject({
      kind: 'accepted',
      text: expect.stringContaining('active-change-pending when the time was over'),
    });
    expect(clock.slept.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(20);
  });

  it('G27: that cannot be followed for a while is followed on', async () => {
    let looks = 0;
    api.routes['/v1/actions/job-1'] = () => (++looks < 3 ? { text: '<html>' } : { json: { status: 'completed' } });
    expect(await send(TUNE)).toMatchObject({ kind: 'accepted' });
  });
});

describe('a busy database', () => {
  /** Says 409 so often, and meanwhile is what `busy` says. */
  function sayBusy(times: number, meanwhile: () => void = () => {}): void {
    const put = api.put;
    api.put = (asked) => {
      if (times-- <= 0) return put(asked);
      meanwhile();
      return { status: 409, json: { error_code: 'busy' } };
    };
  }

  it('G07: is waited for, and then the write goes out', async () => {
    sayBusy(2);
    expect(await send(TUNE)).toMatchObject({ kind: 'accepted' });
    expect(realPuts()).toHaveLength(3);
  });

  it('G07: whose settings changed meanwhile gets no write', async () => {
    sayBusy(1, () => {
      api.bdb.proxy_policy = 'all-nodes';
    });
    // Behind something that repeats requests, the other change may have been this one.
    expect(await send(TUNE)).toMatchObject({ kind: 'none', text: expect.stringContaining('changed its settings') });
    expect(realPuts()).toHaveLength(1);
  });

  it('G07: is waited for three times and then left alone', async () => {
    sayBusy(10);
    expect(await send(TUNE)).toMatchObject({ kind: 'refused', text: expect.stringContaining('409') });
    expect(realPuts()).toHaveLength(4);
  });

  it('G07: is waited for no longer than the write may take', async () => {
    sayBusy(10, () => {
      api.bdb.status = 'active-change-pending';
    });
    expect(await send(TUNE, 30)).toMatchObject({ kind: 'refused' });
    expect(realPuts()).toHaveLength(1);
  });
});

describe('sending', () => {
  it('never throws', async () => {
    const closed = connect(server, { url: 'https://localhost:1' }).cluster;
    expect(await closed.send(TUNE, OPTIONS)).toMatchObject({ kind: 'not-sent' });
    const untrusted = connect(server, { ca: async () => undefined }).cluster;
    expect(await untrusted.send(TUNE, OPTIONS)).toMatchObject({ kind: 'not-sent' });
  });

  it('keeps no trace that could be asked for', async () => {
    expect(await connect(server).cluster.recall()).toBeUndefined();
  });
});
