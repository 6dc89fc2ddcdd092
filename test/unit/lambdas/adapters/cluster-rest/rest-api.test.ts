import dns, { type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { ServerOptions } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCredentials, RestApi, type RestRequest } from '../../../../../lambdas/adapters/cluster-rest/rest-api.ts';
import { connect, HttpsCluster, PASSWORD, SteppedClock } from './https-cluster.ts';

let server: HttpsCluster;
beforeAll(async () => {
  server = await HttpsCluster.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
});

const get = (path: string, more: Partial<RestRequest> = {}): RestRequest => ({ method: 'GET', path, ...more });
const put = (path: string, more: Partial<RestRequest> = {}): RestRequest => ({
  method: 'PUT',
  path,
  body: { crdt_sync_dist: true },
  ...more,
});
const nodes = [
  { uid: 1, addr: '127.0.0.1', external_addr: [], status: 'active' },
  { uid: 2, addr: '127.0.0.2', external_addr: [], status: 'active' },
];
const toNode = (address: string, path: string) => ({ status: 307, headers: { location: `https://${address}:${server.port}${path}` } });

describe('a redirect', () => {
  it('G13: to a node of the cluster is followed with method, body, query and credentials', async () => {
    server.answer = ({ at, path }) => {
      if (path === '/v1/nodes') return { json: nodes };
      return at === '127.0.0.2' ? { json: { followed: true } } : toNode('127.0.0.2', '/v1/bdbs/7');
    };
    const { api, observe, events } = connect(server);
    const answer = await api.send(put('/v1/bdbs/7?dry_run', { dryRun: true }), observe);
    expect(answer).toMatchObject({ status: 200, body: { followed: true } });
    const last = server.asked.at(-1);
    expect(last).toMatchObject({ method: 'PUT', path: '/v1/bdbs/7?dry_run', at: '127.0.0.2', body: '{"crdt_sync_dist":true}' });
    expect(last?.authorization).toMatch(/^Basic /);
    expect(events.map(({ exitCode }) => exitCode)).toEqual([307, 200, 200]);
  });

  it('G13: is followed when the list of nodes is redirected too, to an address that proves the name of the cluster', async () => {
    server.answer = ({ at, path }) => (at === '127.0.0.2' ? { json: path === '/v1/nodes' ? nodes : [] } : toNode('127.0.0.2', path));
    const { api, observe } = connect(server);
    expect(await api.send(get('/v1/bdbs'), observe)).toMatchObject({ status: 200 });
  });

  it('G14: is not followed to an address that does not count itself among the nodes', async () => {
    server.answer = ({ at, path }) => (at === '127.0.0.3' ? { json: nodes } : toNode('127.0.0.3', path));
    const { api, observe } = connect(server);
    await expect(api.send(get('/v1/bdbs'), observe)).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: expect.stringMatching(/127\.0\.0\.3.*primary node/),
    });
    expect(server.commands.filter((command) => command === 'GET /v1/bdbs')).toHaveLength(1);
  });

  it.each([
    ['a foreign name', 'https://evil.example.com/v1/bdbs'],
    ['a name with the own one in front', 'https://localhost.example.com/v1/bdbs'],
    ['the own name as user', 'https://localhost@evil.example.com/v1/bdbs'],
    ['plain http', 'http://127.0.0.2:8080/v1/bdbs'],
    ['nowhere', 'https://'],
  ])('G14: to %s is refused', async (_name, location) => {
    server.answer = ({ path }) => (path === '/v1/nodes' ? { json: nodes } : { status: 307, headers: { location } });
    const { api, observe } = connect(server);
    await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject({ name: 'ClusterAccessError', mayHaveActed: false });
    expect(server.commands.filter((command) => command.startsWith('PUT'))).toHaveLength(1);
  });

  it('G14: to a foreign name is refused although the list of nodes is redirected there too', async () => {
    server.answer = () => ({ status: 308, headers: { location: 'https://evil.example.com/v1/nodes' } });
    const { api, observe } = connect(server);
    await expect(api.send(get('/v1/bdbs'), observe)).rejects.toMatchObject({ name: 'ClusterAccessError' });
  });

  it('G13: is followed once only', async () => {
    server.answer = ({ path, at }) =>
      path === '/v1/nodes' ? { json: nodes } : toNode(at === '127.0.0.2' ? '127.0.0.1' : '127.0.0.2', path);
    const { api, observe } = connect(server);
    await expect(api.send(get('/v1/bdbs'), observe)).rejects.toThrow(/redirected twice/);
  });

  it('G16: leaves a dry run a dry run, and one whose address does not say so is not sent', async () => {
    const { api, observe } = connect(server);
    await expect(api.send(put('/v1/bdbs/7', { dryRun: true }), observe)).rejects.toThrow(/dry_run/);
    expect(server.asked).toEqual([]);
  });
});

describe('a refused login', () => {
  it('G01: is never repeated, by this request or by any later one', async () => {
    const { api, observe } = connect(server, { credentials: async () => ({ username: 'ops', password: 'wrong-one' }) });
    const refused = { name: 'ClusterAccessError', message: expect.stringContaining('401') };
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject(refused);
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject(refused);
    await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject(refused);
    expect(server.asked).toHaveLength(1);
  });

  it('G15: on the node that a redirect led to counts as well', async () => {
    server.answer = ({ at, path }) => {
      if (path === '/v1/nodes') return { json: nodes };
      return at === '127.0.0.2' ? { status: 401 } : toNode('127.0.0.2', path);
    };
    const { api, observe } = connect(server);
    await expect(api.send(get('/v1/bdbs'), observe)).rejects.toThrow('401');
    const sent = server.asked.length;
    await expect(api.send(get('/v1/bdbs'), observe)).rejects.toThrow('401');
    expect(server.asked).toHaveLength(sent);
  });
});

describe('TLS', () => {
  it('G17: without the authority of the cluster fails and says what to configure', async () => {
    const { api, observe } = connect(server, { ca: async () => undefined });
    await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: expect.stringContaining('`ca`'),
      mayHaveActed: false,
    });
    expect(server.asked).toEqual([]);
  });

  it('G18: under another name than that of the certificate fails and says so', async () => {
    const { api, observe } = connect(server, { url: `https://127.0.0.1:${server.port}` });
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: expect.stringContaining('name in the certificate'),
    });
    expect(server.asked).toEqual([]);
  });

  it('G18: to a node by its address is verified against the name of the cluster', async () => {
    server.answer = () => ({ json: {} });
    const { api, observe } = connect(server);
    await api.send(get('/v1/local/node/master_healthcheck', { node: '127.0.0.2' }), observe);
    expect(server.asked).toMatchObject([{ at: '127.0.0.2' }]);
  });

  it('G19: that changes while connections are open stops every request that follows, with what to configure', async () => {
    const cluster = await HttpsCluster.start();
    cluster.answer = () => ({ json: [] });
    const { api, observe } = connect(cluster);
    await api.send(get('/v1/nodes'), observe);
    await cluster.renew();
    const untrusted = { name: 'ClusterAccessError', message: expect.stringContaining('`ca`'), mayHaveActed: false };
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject(untrusted);
    await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject(untrusted);
    expect(cluster.asked).toHaveLength(1);
    await cluster.stop();
  });

  it.each<[string, ServerOptions]>([
    ['versions do not meet', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['ciphers do not meet', { maxVersion: 'TLSv1.2', ciphers: 'PSK-AES256-GCM-SHA384' }],
    ['server asks for a certificate of ours', { requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' }],
  ])('G20: whose %s fails and says what to compare, and sends nothing', async (_what, tls) => {
    const cluster = await HttpsCluster.start(undefined, tls);
    const { api, observe, clock } = connect(cluster);
    for (const request of [get('/v1/nodes'), put('/v1/bdbs/7')])
      await expect(api.send(request, observe)).rejects.toMatchObject({
        name: 'ClusterAccessError',
        message: expect.stringContaining('the TLS handshake failed'),
        mayHaveActed: false,
      });
    expect(cluster.asked).toEqual([]);
    expect(clock.slept).toEqual([]);
    await cluster.stop();
  });

  it('refuses a url that is not https', () => {
    const props = { clock: new SteppedClock(), credentials: async () => ({ username: 'a', password: 'b' }) };
    expect(() => new RestApi({ url: 'http://localhost:8080', ...props })).toThrow(/https/);
  });
});

describe('passing trouble', () => {
  it.each([500, 502, 503, 504, 429])('G09, G10, G12: lets a read be repeated after %i', async (status) => {
    let answers = 0;
    server.answer = () => (++answers < 3 ? { status, json: {} } : { json: [] });
    const { api, observe, clock } = connect(server);
    expect(await api.send(get('/v1/nodes'), observe)).toMatchObject({ status: 200 });
    expect(server.asked).toHaveLength(3);
    expect(clock.slept).toEqual([0.75, 1.5]);
  });

  it('G22: ends after five repeats', async () => {
    server.answer = () => ({ cut: 'before' });
    const { api, observe, clock } = connect(server);
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject({ name: 'ClusterUnreachableError' });
    expect(server.asked).toHaveLength(6);
    expect(clock.slept.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(60);
  });

  describe('of the name service', () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });
    /** The first answers of the name service are this error; those after it are right. */
    function failLookups(code: string, times: number): void {
      const lookup = dns.lookup;
      let asked = 0;
      const failing = (host: string, options: LookupAllOptions, callback: (error: Error | null, found: LookupAddress[]) => void) => {
        asked += 1;
        if (asked > times) lookup(host, options, callback);
        else callback(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo' }), []);
      };
      vi.spyOn(dns, 'lookup').mockImplementation(failing as typeof lookup);
    }

    it.each(['ENOTFOUND', 'EAI_AGAIN'])('G21: lets a read be repeated after %s', async (code) => {
      failLookups(code, 2);
      server.answer = () => ({ json: [] });
      const { api, observe, clock } = connect(server);
      expect(await api.send(get('/v1/nodes'), observe)).toMatchObject({ status: 200 });
      expect(clock.slept).toEqual([0.75, 1.5]);
    });

    it.each(['ENOTFOUND', 'EAI_AGAIN'])('G21: ends after five repeats while it lasts (%s), and a write was not sent', async (code) => {
      failLookups(code, Number.POSITIVE_INFINITY);
      const { api, observe, events, clock } = connect(server);
      const unreachable = { name: 'ClusterUnreachableError', message: expect.stringContaining(code), mayHaveActed: false };
      await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject(unreachable);
      expect(events).toHaveLength(6);
      expect(clock.slept.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(60);
      await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject(unreachable);
      expect(events).toHaveLength(7);
      expect(server.asked).toEqual([]);
    });
  });

  it.each([400, 403, 404, 406, 409, 505])('does not let a read be repeated after %i', async (status) => {
    server.answer = () => ({ status, json: {} });
    const { api, observe } = connect(server);
    expect(await api.send(get('/v1/nodes'), observe)).toMatchObject({ status });
    expect(server.asked).toHaveLength(1);
  });

  it.each([{ cut: 'before' }, { cut: 'after-headers' }, { hang: 'before' }, { hang: 'in-body' }] as const)(
    'G23, G24: never lets a write be repeated, as after %o',
    async (reply) => {
      server.answer = () => reply;
      const { api, observe } = connect(server, { limits: { get: 1, put: 1 } });
      await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject({ name: 'ClusterUnreachableError', mayHaveActed: true });
      expect(server.asked).toHaveLength(1);
    },
  );

  it.each([500, 503, 429])('G10, G24: gives the answer %i to a write as it is', async (status) => {
    server.answer = () => ({ status, json: {} });
    const { api, observe } = connect(server);
    expect(await api.send(put('/v1/bdbs/7'), observe)).toMatchObject({ status });
    expect(server.asked).toHaveLength(1);
  });

  it('G22: says of a write to a closed port that it was never sent', async () => {
    const { api, observe } = connect(server, { url: 'https://localhost:1' });
    await expect(api.send(put('/v1/bdbs/7'), observe)).rejects.toMatchObject({ name: 'ClusterUnreachableError', mayHaveActed: false });
  });

  it('ends a body that trickles at the same limit as a missing answer', async () => {
    server.answer = () => ({ hang: 'in-body' });
    const { api, observe } = connect(server, { limits: { get: 0.2, put: 0.2 } });
    await expect(api.send(get('/v1/nodes', { patienceSeconds: 0 }), observe)).rejects.toThrow(/within 0.2 s/);
  });

  it('refuses a body without end', async () => {
    server.answer = () => ({ text: 'x'.repeat(17 * 1024 * 1024) });
    const { api, observe } = connect(server);
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject({ name: 'ClusterOutputError' });
    expect(server.asked).toHaveLength(1);
  });

  it('G12: has two requests under way and never more', async () => {
    let underWay = 0;
    let most = 0;
    server.answer = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await expect.poll(() => server.asked.length, { timeout: 20_000 }).toBeGreaterThan(1);
      // A third would come by then.
      await wait(50);
      underWay -= 1;
      return { json: {} };
    };
    const { api, observe } = connect(server);
    await Promise.all([1, 2, 3, 4, 5].map((uid) => api.send(get(`/v1/bdbs/${uid}`), observe)));
    expect([most, server.asked.length]).toEqual([2, 5]);
  });
});

describe('records', () => {
  it('G28: show every request, and never a secret', async () => {
    server.answer = () => ({ json: { crdt_sources: [{ uri: `redis://admin:${PASSWORD}@10.0.0.9:1` }], echo: PASSWORD, name: 'orders' } });
    const { api, observe, events } = connect(server);
    await api.send(get('/v1/bdbs/7?fields=uid'), observe);
    await api.send(put('/v1/bdbs/7'), observe);
    expect(events.map(({ command }) => command)).toEqual(['GET /v1/bdbs/7?fields=uid', 'PUT /v1/bdbs/7 {"crdt_sync_dist":true}']);
    expect(events[0]?.output).toContain('"name":"orders"');
    expect(JSON.stringify(events)).not.toContain(PASSWORD);
  });

  it('are cut to what a record keeps', async () => {
    server.answer = () => ({ json: ['x'.repeat(50_000)] });
    const { api, observe, events } = connect(server);
    await api.send(get('/v1/bdbs'), observe);
    expect(events[0]?.output).toHaveLength(24_000);
  });
});

describe('credentials', () => {
  it('are asked for once', async () => {
    server.answer = () => ({ json: [] });
    let times = 0;
    const credentials = async () => {
      times += 1;
      return { username: 'ops@example.com', password: PASSWORD };
    };
    const { api, observe } = connect(server, { credentials });
    await Promise.all([api.send(get('/v1/nodes'), observe), api.send(get('/v1/bdbs'), observe)]);
    expect(times).toBe(1);
  });

  it.each(['', 'hunter2', '{"username":"a"}', '{"username":"a","password":""}', '["a","hunter2"]', '{"username":1,"password":"hunter2"}'])(
    'in the wrong form are refused without being shown: %s',
    (secret) => {
      expect(() => parseCredentials(secret)).toThrow(/"username"/);
      expect(() => parseCredentials(secret)).not.toThrow(/hunter2/);
    },
  );

  it('that cannot be had make the cluster inaccessible, without the words of whoever keeps them', async () => {
    const { api, observe } = connect(server, { credentials: () => Promise.reject(new Error('hunter2')) });
    await expect(api.send(get('/v1/nodes'), observe)).rejects.toMatchObject({
      name: 'ClusterAccessError',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
