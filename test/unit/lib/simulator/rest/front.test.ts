import { rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import { clusterWith, nodesUpTo } from '../../../../../lib/simulator/fleets.ts';
import type { RestFront, RestFrontOptions } from '../../../../../lib/simulator/rest/front.ts';
import { call, frontOf, put } from './caller.ts';

let front: RestFront | undefined;
afterEach(async () => {
  await front?.close();
  front = undefined;
});
async function start(cluster: SimulatedCluster = clusterWith(), options: Partial<RestFrontOptions> = {}): Promise<RestFront> {
  front = await frontOf(cluster, options);
  return front;
}

/** Nodes with loopback addresses, which share a port as nodes of a real cluster do. */
const onLoopback = () => nodesUpTo(3).map((node) => ({ ...node, address: `127.0.0.${node.id}` }));

describe('certificates of the REST front', () => {
  it.each(['localhost', 'rs-a.example.net'])('are for %s and verify with the authority alone', async (servername) => {
    expect((await call(await start(), '/v1/cluster', { servername })).status).toBe(200);
  });

  it('are for the address it listens on', async () => {
    expect((await call(await start(), '/v1/cluster')).json).toMatchObject({ name: 'rs-a.example.net' });
  });

  it('are for no other name', async () => {
    await expect(call(await start(), '/v1/cluster', { servername: 'other.example.net' })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('are trusted by nobody who does not know the authority', async () => {
    const other = await frontOf(clusterWith());
    await other.close();
    const started = await start();
    const trusting = (ca: string) => call(started, '/v1/cluster', { ca });
    await expect(trusting(rootCertificates.join('\n'))).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    // An authority of the same name, as that of a cluster installed anew.
    await expect(trusting(other.ca)).rejects.toMatchObject({ code: 'CERT_SIGNATURE_FAILURE' });
  });
});

describe('sign-in to the REST front', () => {
  it('refuses a wrong password with 401 and no body, and counts it', async () => {
    const started = await start();
    expect(await call(started, '/v1/cluster', { password: 'wrong' })).toMatchObject({ status: 401, text: '' });
    expect(started.signIn).toMatchObject({ attempts: 1, failures: 1, locked: false });
  });

  it('locks the account after five wrong passwords, the right one included', async () => {
    const started = await start();
    for (let i = 0; i < 5; i++) await call(started, '/v1/cluster', { password: 'wrong' });
    expect((await call(started, '/v1/cluster')).status).toBe(401);
    expect(started.signIn.locked).toBe(true);
  });

  it('changes nothing for a caller it does not know', async () => {
    const cluster = clusterWith();
    const started = await start(cluster);
    await call(started, '/v1/bdbs/7', { method: 'PUT', body: { proxy_policy: 'all-nodes' }, password: 'wrong' });
    expect(cluster.commands).toMatchObject([{ status: 401, applied: false }]);
    expect(cluster.databases[0]?.endpoints[0]?.policy).toBe('single');
  });
});

describe('nodes of the REST front', () => {
  it('send callers to the primary on the same port, query included, when they are another node', async () => {
    const cluster = clusterWith({}, { nodes: onLoopback() });
    const started = await start(cluster, { nodes: [1, 2] });
    const said = await call(started, '/v1/bdbs/7?dry_run', { method: 'PUT', body: {}, url: started.urls.get(2) ?? '' });
    expect(said).toMatchObject({ status: 307, headers: { location: `${started.url}/v1/bdbs/7?dry_run` } });
    expect(new URL(started.urls.get(2) ?? '').port).toBe(new URL(started.url).port);
    expect(cluster.commands).toMatchObject([{ node: 2, status: 307, applied: false }]);
  });

  it('answer for themselves below /v1/local', async () => {
    const started = await start(clusterWith({ policy: 'all-master-shards' }), { nodes: [1, 2, 3] });
    const path = '/v1/local/bdbs/7/endpoint/availability';
    const said = await Promise.all([1, 2, 3].map((node) => call(started, path, { url: started.urls.get(node) ?? '' })));
    expect(said.map(({ status }) => status)).toEqual([200, 200, 503]);
  });

  it('pass requests on when the cluster is set up to', async () => {
    const started = await start(clusterWith({}, { handlesRedirects: true }), { nodes: [2] });
    expect((await call(started, '/v1/cluster', { url: started.urls.get(2) ?? '' })).json).toMatchObject({ handle_redirects: true });
  });

  it.each([
    ['7.22.0-95', 307],
    ['7.22.2-79', 200],
    ['8.0.2-17', 307],
    ['8.0.10-64', 200],
  ])('of version %s that are not the primary answer %i for the availability of a database', async (version, status) => {
    const nodes = nodesUpTo(3).map((node) => ({ ...node, version }));
    const started = await start(clusterWith({}, { nodes }), { nodes: [2] });
    expect((await call(started, '/v1/bdbs/7/availability', { url: started.urls.get(2) ?? '' })).status).toBe(status);
  });

  it('break the connection while they are down', async () => {
    const nodes = nodesUpTo(3).map((node) => (node.id === 2 ? { ...node, status: 'DOWN, last seen 9s ago' } : node));
    const started = await start(clusterWith({}, { nodes }), { nodes: [2] });
    await expect(call(started, '/v1/local/node/master_healthcheck', { url: started.urls.get(2) ?? '' })).rejects.toThrow();
    expect((await call(started, '/v1/nodes')).json).toMatchObject([{ status: 'active' }, { status: 'down' }, { status: 'active' }]);
  });
});

describe('the log', () => {
  it('keeps every request with its query and body, and whether it took effect', async () => {
    const cluster = clusterWith();
    const started = await start(cluster);
    await call(started, '/v1/bdbs/7?fields=uid,name');
    await put(started, { proxy_policy: 'all-nodes', endpoint: '7:1' });
    await put(started, { proxy_policy: 'all-master-nodes' });
    expect(cluster.commands.map(({ argv, status, applied }) => [argv.join(' '), status, applied])).toEqual([
      ['GET /v1/bdbs/7?fields=uid,name', 200, false],
      ['PUT /v1/bdbs/7 {"proxy_policy":"all-nodes","endpoint":"7:1"}', 200, true],
      ['PUT /v1/bdbs/7 {"proxy_policy":"all-master-nodes"}', 406, false],
    ]);
  });
});
