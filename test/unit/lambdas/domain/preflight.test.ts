import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterConditions, DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import { sayFindings } from '../../../../lambdas/domain/findings.ts';
import { degradations, preflight as findAll, whyNotChangeable } from '../../../../lambdas/domain/preflight.ts';
import { anyFacts, endpoint, facts, node, OF_CLASS, request, towards } from '../../../support/facts.ts';

const preflight = (...about: Parameters<typeof findAll>) => sayFindings(findAll(...about));
const CALM: ClusterConditions = { runningActions: [], upgradeMode: false };
const onVersion = (version: string, settings: Partial<DatabaseFacts> = {}) =>
  facts({ nodes: [1, 2, 3].map((id) => node(id, { version })), ...settings });

const towardsDistributed = (settings: Partial<DatabaseFacts> = {}, conditions = CALM) =>
  preflight(towards('distributed'), facts(settings), conditions);

describe('preflight towards distributed', () => {
  it('finds nothing on a calm database of a calm cluster', () => {
    expect(towardsDistributed()).toEqual({ blockers: [], warnings: [] });
  });

  it.each<[string, Partial<DatabaseFacts>, string]>([
    ['the database is not active', { status: 'active-change-pending' }, 'active-change-pending'],
    ['a job runs on the database', { job: 'SMUpdateBDB (rebind)' }, 'SMUpdateBDB'],
    ['a node is down', { nodes: [node(1), node(2, { status: 'DOWN, last seen 41s ago' })] }, 'node 2'],
    ['a node may be in maintenance', { nodes: [node(1), node(2), node(3, { kind: 'empty' })] }, 'node 3'],
    ['a shard is not OK', { sickShards: ['redis:3 is "DOWN"'] }, 'redis:3'],
    ['endpoints have different policies', { endpoints: OF_CLASS.X.endpoints }, 'class X'],
    ['the database has no endpoint', { endpoints: [] }, 'class X'],
    ['nodes run different versions', { nodes: [node(1), node(2, { version: '8.0.20-44' })] }, '8.0.20-44, 8.0.20-96'],
  ])('is blocked while %s', (_name, settings, telling) => {
    expect(towardsDistributed(settings).blockers).toEqual([expect.stringContaining(telling)]);
  });

  it('is blocked on a version whose info does not show the mode', () => {
    expect(preflight(towards('distributed'), onVersion('6.2.18-42'), CALM).blockers).toEqual([expect.stringContaining('6.2.18-42')]);
  });

  it('is allowed on the first version whose info shows the mode', () => {
    expect(preflight(towards('distributed'), onVersion('6.2.18-43'), CALM).blockers).toEqual([]);
  });

  it.each<[string, ClusterConditions, string]>([
    ['the cluster is in upgrade mode', { runningActions: [], upgradeMode: true }, 'upgrade mode'],
    ['another task runs in the cluster', { runningActions: ['rebalance (db:9)'], upgradeMode: false }, 'rebalance (db:9)'],
  ])('is blocked while %s', (_name, conditions, telling) => {
    expect(towardsDistributed({}, conditions).blockers).toEqual([expect.stringContaining(telling)]);
  });

  it('is blocked by the data-loss defect of databases with the OSS Cluster API', () => {
    const found = preflight(towards('distributed'), onVersion('7.8.2-34', { ossCluster: true }), CALM);
    expect(found.blockers).toEqual([expect.stringContaining('RS150588')]);
  });

  it('does not mention that defect for databases without the OSS Cluster API', () => {
    const { blockers, warnings } = preflight(towards('distributed'), onVersion('7.8.2-34', { ossCluster: false }), CALM);
    expect([...blockers, ...warnings].join()).not.toContain('RS150588');
  });

  it('says that the defect cannot be ruled out while the cluster does not say whether the OSS Cluster API is on', () => {
    const { blockers, warnings } = preflight(towards('distributed'), onVersion('7.8.2-34'), CALM);
    expect([...blockers, ...warnings].join()).toContain('RS150588');
  });

  it.each(['RS195089', 'RS209759'])('warns of the full-sync defect %s on a build without the fix', (id) => {
    expect(preflight(towards('distributed'), onVersion('8.0.20-43'), CALM).warnings.join()).toContain(id);
  });

  it('does not warn of a defect on the build that fixed it', () => {
    expect(preflight(towards('distributed'), onVersion('8.0.20-96'), CALM).warnings).toEqual([]);
  });

  it('warns of a version of no known form', () => {
    expect(preflight(towards('distributed'), onVersion('8.x'), CALM).warnings).toEqual([expect.stringContaining('"8.x"')]);
  });

  it.each(['8.3.0-1', '100.0.21-16135'])('warns of version %s, which is newer than any that was checked', (version) => {
    expect(preflight(towards('distributed'), onVersion(version), CALM).warnings).toEqual([expect.stringContaining(version)]);
  });

  it('warns when the cluster does not say what is running', () => {
    expect(towardsDistributed({}, { upgradeMode: false }).warnings).toEqual([expect.stringContaining('other tasks')]);
  });

  it('warns when nothing says whether a job runs on the database', () => {
    expect(towardsDistributed({ job: undefined }, { upgradeMode: false }).warnings).toContainEqual(expect.stringContaining('a job runs'));
  });

  it('warns when the cluster does not say whether it is in upgrade mode', () => {
    expect(towardsDistributed({}, { runningActions: [] }).warnings).toContainEqual(expect.stringContaining('upgrade'));
  });

  it('B12: warns when the default policy differs from what an endpoint has', () => {
    const found = towardsDistributed({ databasePolicy: 'all-nodes' });
    expect(found).toEqual({ blockers: [], warnings: [expect.stringMatching(/all-nodes.*7:1 has single/)] });
  });

  it('names every blocker at once', () => {
    expect(
      towardsDistributed({ status: 'import-pending', sickShards: ['redis:3 is "DOWN"'] }, { runningActions: ['x'], upgradeMode: true })
        .blockers,
    ).toHaveLength(4);
  });
});

describe('a change that requires health data', () => {
  const requiring = (syncerMode: 'distributed' | 'centralized') =>
    preflight(request({ wanted: { syncerMode }, verification: { requireHealth: true } }), facts(), CALM);

  it('is blocked towards distributed', () => {
    expect(requiring('distributed').blockers).toEqual([expect.stringContaining('requireHealth')]);
  });

  it('is only warned about on the way back', () => {
    expect(requiring('centralized')).toEqual({ blockers: [], warnings: [expect.stringContaining('requireHealth')] });
  });
});

describe('preflight towards centralized', () => {
  const D2 = OF_CLASS.D2;
  const wayBack = (settings: Partial<DatabaseFacts>, conditions = CALM) =>
    preflight(towards('centralized'), { ...D2, ...settings }, conditions);

  it.each<[string, Partial<DatabaseFacts>, string]>([
    ['a node is down', { nodes: [node(1), node(2, { status: 'DOWN' })] }, 'node 2'],
    ['a node may be in maintenance', { nodes: [node(1), node(2, { kind: 'empty' })] }, 'node 2'],
    ['a shard is not OK', { sickShards: ['redis:3 is "DOWN"'] }, 'redis:3'],
    ['the class is X', { endpoints: [...D2.endpoints, endpoint({ id: '7:2' })] }, 'class X'],
    ['nodes run different versions', { nodes: [node(1), node(2, { version: '8.0.20-44' })] }, 'different versions'],
    ['the version does not show the mode', { nodes: [node(1, { version: '6.2.10-1' })] }, '6.2.10-1'],
  ])('stays open, with a warning, while %s', (_name, settings, telling) => {
    expect(wayBack(settings)).toEqual({ blockers: [], warnings: [expect.stringContaining(telling)] });
  });

  it('stays open while the cluster is in upgrade mode or at work', () => {
    expect(wayBack({}, { runningActions: ['rebalance'], upgradeMode: true })).toMatchObject({ blockers: [], warnings: { length: 2 } });
  });

  it('is blocked while the database itself cannot be changed', () => {
    expect(wayBack({ status: 'active-change-pending' }).blockers).toEqual([expect.stringContaining('active-change-pending')]);
  });

  it('is blocked for no other reason than the state of the database itself', () => {
    const anyConditions = fc.record({ runningActions: fc.array(fc.string()), upgradeMode: fc.boolean() }, { requiredKeys: [] });
    fc.assert(
      fc.property(anyFacts, anyConditions, (any, conditions) => {
        const reason = whyNotChangeable(any);
        expect(preflight(towards('centralized'), any, conditions).blockers).toEqual(reason ? [reason] : []);
      }),
    );
  });
});

describe('whyNotChangeable', () => {
  it.each([
    ['idle', null],
    ['not said to be at work', undefined],
  ])('allows an active database that is %s', (_name, job) => {
    expect(whyNotChangeable({ status: 'active', job })).toBeUndefined();
  });

  it.each(['Active', 'active ', 'active-change-pending', 'pending', 'recovery', ''])('does not take status "%s" for active', (status) => {
    expect(whyNotChangeable({ status })).toContain(`"${status}"`);
  });
});

describe('degradations', () => {
  const sickOn = (version: string) => degradations(onVersion(version, { sickShards: ['redis:3 is "DOWN"'] }));

  it('B19: ignores shards on builds that print their status and that of the watchdog swapped', () => {
    expect(sickOn('7.8.2-34')).toEqual([]);
  });

  it('names sick shards from the build on that prints their status', () => {
    expect(sickOn('7.8.4-95')).toEqual([expect.stringContaining('redis:3')]);
  });

  it('accepts a quorum-only node', () => {
    expect(degradations(facts({ nodes: [node(1), node(2), node(3, { kind: 'quorum-only' })] }))).toEqual([]);
  });

  it('quotes the status of a node as it was printed', () => {
    expect(degradations(facts({ nodes: [node(1, { status: 'DOWN, last seen 41s ago' })] }))).toEqual([
      expect.stringContaining('last seen 41s ago'),
    ]);
  });
});
