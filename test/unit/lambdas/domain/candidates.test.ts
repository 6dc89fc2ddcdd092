import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import { rankCandidates, sayBytes } from '../../../../lambdas/domain/candidates.ts';
import type { Inspected } from '../../../../lambdas/domain/inspected.ts';
import { endpoint, facts, node } from '../../../support/facts.ts';

type Settings = Partial<Omit<Inspected, 'facts'>> & { cluster?: string; name?: string; facts?: Partial<DatabaseFacts> };

/** A Replica Of destination behind one proxy that would gain. */
const database = ({ cluster = 'lab', name = 'orders', facts: settings, ...rest }: Settings = {}): Inspected => ({
  facts: facts({ database: { cluster, id: 'db:7', name }, ...settings }),
  kind: 'replica-of',
  version: '8.0.20-96',
  blockers: [],
  ...rest,
});
const busy = (name: string, syncBytesPerSecond: number | undefined, lagMs?: number, rest: Settings = {}) =>
  database({
    name,
    ...(syncBytesPerSecond !== undefined && { traffic: { syncBytesPerSecond } }),
    ...(lagMs !== undefined && { lagMs }),
    ...rest,
  });
const namesOf = (databases: Inspected[]) => rankCandidates(databases).candidates.map((one) => one.database.facts.database.name);
const only = (one: Inspected) => {
  const { candidates, others } = rankCandidates([one]);
  return { gains: candidates[0]?.reason, doesNot: others[0]?.reason };
};

describe('candidates', () => {
  it('come with the most traffic first', () => {
    expect(namesOf([busy('calm', 100), busy('rushed', 40_000_000), busy('brisk', 5_000_000)])).toEqual(['rushed', 'brisk', 'calm']);
  });

  it('come first with much lag as well, 1 s counting as much as 10 MB/s', () => {
    expect(namesOf([busy('traffic', 10_000_000), busy('late', 100, 1_001), busy('little', 9_000_000, 950)])).toEqual([
      'late',
      'traffic',
      'little',
    ]);
  });

  it('of equal load come with more nodes to share it first, then with more requests, then by name', () => {
    const requests = (requestsPerSecond: number) => ({ traffic: { syncBytesPerSecond: 100, requestsPerSecond } });
    const spread = busy('spread', 100, undefined, { facts: { primaryNodes: [1, 2, 3] } });
    const asked = database({ name: 'asked', ...requests(50) });
    expect(namesOf([busy('orders-10', 100), busy('orders-9', 100), asked, spread])).toEqual(['spread', 'asked', 'orders-9', 'orders-10']);
  });

  it('of unknown load come last, behind those that are known to be idle', () => {
    expect(namesOf([busy('unknown', undefined), busy('idle', 0), busy('prompt', undefined, 0)])).toEqual(['idle', 'prompt', 'unknown']);
  });

  it('say in one sentence why they stand where they stand', () => {
    expect(only(busy('orders', 18_528, 38.4)).gains).toBe(
      'one syncer takes in 18.5 kB/s and lags 38 ms for primaries on 2 nodes, behind one proxy',
    );
    const prepared = { facts: { endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2, 3] })] } };
    expect(only(busy('orders', undefined, 5, prepared)).gains).toBe(
      'one syncer lags 5 ms for primaries on 2 nodes, although 3 proxies serve it',
    );
  });

  it('say so when the cluster tells neither load nor kind', () => {
    const { kind: _, ...silent } = database();
    expect(only(silent).gains).toBe(
      'one syncer with an unknown load works for primaries on 2 nodes, behind one proxy; the cluster does not say whether it replicates',
    );
  });

  it('carry the figures that they are ranked by', () => {
    const [candidate] = rankCandidates([
      database({
        lagMs: 12,
        traffic: { requestsPerSecond: 3, syncBytesPerSecond: 4 },
        facts: { nodes: [node(1), node(2), node(3, { kind: 'quorum-only' })] },
      }),
    ]).candidates;
    expect(candidate?.figures).toEqual({
      primaryNodes: [1, 2],
      nodes: 2,
      proxies: [1],
      requestsPerSecond: 3,
      syncBytesPerSecond: 4,
      lagMs: 12,
    });
  });

  it('name the other members of their Active-Active group, on whatever cluster and in whichever list', () => {
    const member = (cluster: string, rest: Settings = {}) => database({ cluster, kind: 'active-active', group: 'guid-1', ...rest });
    const stranger = database({ cluster: 'far', group: 'guid-2' });
    const { candidates, others } = rankCandidates([member('eu'), member('us'), member('ap', { blockers: ['no'] }), stranger]);
    const also = Object.fromEntries([...candidates, ...others].map((one) => [one.database.facts.database.cluster, one.alsoOn]));
    expect(also).toEqual({ eu: ['us/orders', 'ap/orders'], us: ['eu/orders', 'ap/orders'], ap: ['eu/orders', 'us/orders'], far: [] });
  });
});

describe('databases that would not gain', () => {
  it.each<[string, Settings, string]>([
    [
      'is distributed in effect',
      { facts: { syncerMode: 'distributed', endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 3] })] } },
      'already distributed over nodes 1, 3',
    ],
    ['is not understood', { facts: { endpoints: [] } }, 'not understood: the database has no bound endpoint'],
    ['does not replicate', { kind: 'none', blockers: ['class X'] }, 'it does not replicate, so it has no syncer'],
    ['has all primaries on one node', { facts: { primaryNodes: [2] } }, 'all its primaries are on node 2: there is nothing to share'],
    ['shows no primary', { facts: { primaryNodes: [] } }, 'the cluster shows no primary of it'],
    ['is blocked', { blockers: ['node 3 is down', 'a job runs'] }, 'blocked: node 3 is down; a job runs'],
  ])('are told with the reason: one that %s', (_what, settings, reason) => {
    expect(only(database(settings))).toEqual({ gains: undefined, doesNot: reason });
  });

  it('does not count a flag that has no effect as distributed', () => {
    expect(only(database({ facts: { syncerMode: 'distributed' } })).gains).toContain('behind one proxy');
  });
});

describe('a ranking', () => {
  const load = fc.option(fc.nat(50_000_000), { nil: undefined });
  const any = fc.record({ bytes: load, lag: fc.option(fc.nat(5_000), { nil: undefined }), blocked: fc.boolean(), name: fc.nat(9) });

  it('has every database once, in the same order whatever order they came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ name }) => name }), (some) => {
        const all = some.map(({ bytes, lag, blocked, name }) => busy(`db-${name}`, bytes, lag, { blockers: blocked ? ['no'] : [] }));
        const { candidates, others } = rankCandidates(all);
        expect(candidates.length + others.length).toBe(all.length);
        expect(others.length).toBe(some.filter(({ blocked }) => blocked).length);
        expect(namesOf([...all].reverse())).toEqual(namesOf(all));
      }),
    );
  });
});

describe('a rate in bytes', () => {
  it.each([
    [0, '0 B/s'],
    [999, '999 B/s'],
    [18_528, '18.5 kB/s'],
    [12_000_000, '12 MB/s'],
    [2_500_000_000_000, '2500 GB/s'],
  ])('of %d reads %s', (rate, text) => {
    expect(sayBytes(rate)).toBe(text);
  });
});
