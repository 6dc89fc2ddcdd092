import { afterEach, describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../../../../lib/simulator/faults.ts';
import { clusterWith } from '../../../../../lib/simulator/fleets.ts';
import { replicaOf } from '../../../../../lib/simulator/replication.ts';
import { fullSync, healed, lagRises } from '../../../../../lib/simulator/replication-faults.ts';
import type { RestFront } from '../../../../../lib/simulator/rest/front.ts';
import { call, frontOf, put } from './caller.ts';

const WIDEN = { proxy_policy: 'all-master-shards', endpoint: '7:1' };

let front: RestFront;
let cluster: SimulatedCluster;
afterEach(() => front.close());
async function startWith(on: string, effect: FaultEffect) {
  cluster = clusterWith({ relations: { replica: replicaOf() } }, { faults: [{ on, effect }] });
  front = await frontOf(cluster);
}
const widened = () => databaseOf(cluster, 7).endpoints[0]?.policy === 'all-master-shards';

describe('faults on a PUT', () => {
  it.each<[FaultEffect, number, boolean]>([
    [{ kind: 'status', status: 503, applied: false }, 503, false],
    [{ kind: 'status', status: 502, applied: true }, 502, true],
    [{ kind: 'fail' }, 500, false],
    [{ kind: 'fail-but-applied' }, 500, true],
    [{ kind: 'no-effect' }, 200, false],
    [{ kind: 'html', applied: true }, 200, true],
    [{ kind: 'html', applied: false }, 200, false],
    [{ kind: 'redirect', to: 'https://203.0.113.66:9443' }, 307, false],
  ])('%j', async (effect, status, applied) => {
    await startWith('^PUT /v1/bdbs/7', effect);
    expect((await put(front, WIDEN)).status).toBe(status);
    expect(widened()).toBe(applied);
    expect(cluster.commands.at(-1)?.applied).toBe(applied);
  });

  it.each([true, false])('cuts the connection, the change made: %s', async (applied) => {
    await startWith('^PUT', { kind: 'drop', applied });
    await expect(put(front, WIDEN)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(widened()).toBe(applied);
    expect(cluster.commands).toMatchObject([{ exitCode: null, applied }]);
  });

  it('sends the caller to the place given, path included', async () => {
    await startWith('^PUT', { kind: 'redirect', to: 'https://203.0.113.66:9443' });
    expect((await put(front, WIDEN)).headers.location).toBe('https://203.0.113.66:9443/v1/bdbs/7');
  });

  it('makes a delayed change only after so many further requests', async () => {
    await startWith('^PUT', { kind: 'delayed', commands: 1 });
    await put(front, WIDEN);
    await call(front, '/v1/bdbs/7');
    expect(widened()).toBe(false);
    await call(front, '/v1/bdbs/7');
    expect(widened()).toBe(true);
  });

  it('shows the flag without the mode', async () => {
    await startWith('^PUT', { kind: 'flag-only' });
    expect((await put(front, { replica_sync_dist: true })).json).toMatchObject({ replica_sync_dist: true, syncer_mode: 'centralized' });
  });

  it.each(['completed', 'failed', 'stays active'] as const)('remembers a job that %s', async (job) => {
    await startWith('^PUT', { kind: 'busy', commands: 1, job, error: 'state machine gave up' });
    const { action_uid } = (await put(front, WIDEN)).json as { action_uid: string };
    await call(front, '/v1/bdbs/7');
    expect((await call(front, `/v1/actions/${action_uid}`)).json).toMatchObject({ status: job === 'stays active' ? 'active' : job });
    expect((await call(front, '/v1/bdbs/7')).json).toMatchObject({ status: 'active' });
  });
});

describe('faults on a GET', () => {
  it('cuts JSON in the middle', async () => {
    await startWith('^GET', { kind: 'truncated' });
    const said = await call(front, '/v1/bdbs/7');
    expect(said).toMatchObject({ status: 200, json: undefined });
    expect(said.text).toMatch(/^\{"uid":7/);
  });

  it('sends a page instead', async () => {
    await startWith('^GET', { kind: 'html', applied: false });
    expect((await call(front, '/v1/bdbs/7')).text).toMatch(/^<!DOCTYPE html>/);
  });

  it('sends the right body in pieces', async () => {
    await startWith('^GET', { kind: 'trickle', ms: 1 });
    expect((await call(front, '/v1/bdbs/7')).json).toMatchObject({ uid: 7 });
  });

  it('sends as many bytes as told', async () => {
    await startWith('^GET', { kind: 'huge', bytes: 1_000_000 });
    expect((await call(front, '/v1/bdbs/7')).text).toHaveLength(1_000_000);
  });
});

describe('what becomes of replication', () => {
  const source = async () =>
    ((await call(front, '/v1/bdbs/7?fields=replica_sources')).json as { replica_sources: object[] }).replica_sources[0];

  it('changes once the mode is distributed, and is well again after going back', async () => {
    await startWith('^PUT .*_sync_dist":true', lagRises(7, 900));
    cluster.faults.push({ on: '^PUT .*_sync_dist":false', effect: healed(7) });
    expect(await source()).toMatchObject({ lag: 38 });
    await put(front, { replica_sync_dist: true });
    expect(await source()).toMatchObject({ lag: 900, status: 'in-sync' });
    await source();
    await put(front, { replica_sync_dist: false });
    expect(await source()).toMatchObject({ lag: 38 });
  });

  it('shows a full sync that grows', async () => {
    await startWith('^PUT', fullSync(7, { rdbSize: 300, perCommand: 100 }));
    await put(front, { replica_sync_dist: true });
    expect(await source()).toMatchObject({ status: 'syncing', rdb_size: 300, rdb_transferred: 100 });
    expect(await source()).toMatchObject({ status: 'syncing', rdb_transferred: 200 });
    expect(await source()).toMatchObject({ status: 'in-sync', rdb_transferred: 300 });
  });
});
