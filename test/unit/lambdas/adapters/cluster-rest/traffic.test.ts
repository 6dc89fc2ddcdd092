import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestsOf, syncBytesOf } from '../../../../../lambdas/adapters/cluster-rest/traffic.ts';
import { Traffic } from '../../../../../lambdas/contracts/traffic.ts';
import { connect, HttpsCluster, type Reply } from './https-cluster.ts';
import { database, type SmallApi, smallApi } from './small-api.ts';

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
const read = async () => Object.fromEntries(await connect(server).cluster.readTraffic());

const LAST = '/v1/bdbs/stats/last';
const interval = (rate: unknown) => ({ interval: '10sec', ingress_bytes: rate, ingress_bytes_decompressed: 9_999_999 });
const peers = (...sources: unknown[][]): Reply => ({
  json: { peer_stats: sources.map((rates, index) => ({ uid: String(index + 2), intervals: rates.map(interval) })) },
});

describe('traffic', () => {
  it('is the rate of requests, and what comes from all sources together, each as the mean of its intervals', async () => {
    api.routes[LAST] = { json: { 7: { stime: '2026-12-01T01:59:53Z', etime: '2026-12-01T02:00:00Z', total_req: 812.5 } } };
    api.routes['/v1/bdbs/7/peer_stats'] = peers([1_000, 3_000], [500, '1500']);
    const traffic = await read();
    expect(traffic).toEqual({ 'db:7': { requestsPerSecond: 812.5, syncBytesPerSecond: 3_000 } });
    expect(Traffic.parse(traffic['db:7'])).toEqual(traffic['db:7']);
    expect(server.commands.filter((command) => command.startsWith(`GET ${LAST}`))).toEqual([`GET ${LAST}?metrics=total_req`]);
  });

  it('asks no statistics of the sources of a database that has none', async () => {
    Object.assign(api.bdb, { crdt: false, crdt_sources: [] });
    api.routes[LAST] = { json: { 7: { total_req: 3 } } };
    expect(await read()).toEqual({ 'db:7': { requestsPerSecond: 3 } });
    expect(server.commands.join()).not.toContain('_stats');
  });

  it('E05: takes the statistics of the sources where the cluster knows no peers', async () => {
    api.routes['/v1/bdbs/7/peer_stats'] = { status: 406, json: {} };
    api.routes['/v1/bdbs/7/sync_source_stats'] = { json: { sync_source_stats: [{ uid: '1', intervals: [interval(20)] }] } };
    expect(await read()).toEqual({ 'db:7': { syncBytesPerSecond: 20 } });
  });

  it.each<[string, Reply]>([
    ['says 404', { status: 404, json: { error_code: 'not_found' } }],
    ['refuses that to this account', { status: 403, json: { error_code: 'forbidden' } }],
    ['answers in another form', { json: [{ uid: '7', total_req: 5 }] }],
    ['says no rate', { json: { 7: { total_req: 'much' } } }],
    ['says a negative rate', { json: { 7: { total_req: -1 } } }],
  ])('stays unknown where the cluster %s', async (_what, reply) => {
    api.routes[LAST] = reply;
    api.routes['/v1/bdbs/7/peer_stats'] = reply;
    expect(await read()).toEqual({});
  });

  it('of one database is told although another cannot be read', async () => {
    const broken = database({ uid: 8, name: 'carts', status: 17 });
    api.routes['/v1/bdbs'] = { json: [broken, api.bdb] };
    api.routes[LAST] = { json: { 7: { total_req: 1 }, 8: { total_req: 2 } } };
    expect(await read()).toEqual({ 'db:7': { requestsPerSecond: 1 } });
  });

  it('cannot be had where the cluster does not list its databases', async () => {
    api.routes['/v1/bdbs'] = { status: 401, json: {} };
    await expect(read()).rejects.toMatchObject({ name: 'ClusterAccessError' });
  });

  it('is read out of any answer without a guess', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const rate of requestsOf(value).values()) expect(rate).toBeGreaterThanOrEqual(0);
        expect(syncBytesOf(value) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
