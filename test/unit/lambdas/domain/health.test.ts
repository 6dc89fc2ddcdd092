import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplicationHealth } from '../../../../lambdas/contracts/health.ts';
import { baselineOf, hazards, isHealthy, judgeHealth, lagLimitMs, worstLag } from '../../../../lambdas/domain/health.ts';
import { health, healthBefore, source } from '../../../support/facts.ts';

const statistics = (values: number[], intervalSeconds = 10) => ({ values, intervalSeconds });
const SETTINGS = { maxLagMs: 500 };
/** What is found, by state; nothing where all is well. */
const found = (now: Partial<ReplicationHealth>, before = healthBefore()) =>
  Object.fromEntries(judgeHealth(health(now), before, SETTINGS).filter(([, problems]) => problems.length > 0));

describe('baselineOf', () => {
  it('takes statistics that are in milliseconds, as the lag of now is', () => {
    const values = Array.from({ length: 20 }, (_, index) => 30 + index);
    expect(baselineOf(health(), statistics(values))).toEqual({ p95Ms: 48, samples: 20, from: 'statistics' });
  });

  it('takes statistics that are in seconds for what they are', () => {
    const values = Array.from({ length: 20 }, () => 0.05);
    expect(baselineOf(health(), statistics(values))).toEqual({ p95Ms: 50, samples: 20, from: 'statistics' });
  });

  it.each<[string, Partial<ReplicationHealth>, number[], number]>([
    ['are of a unit that does not fit', {}, Array.from({ length: 20 }, () => 0.000_01), 10],
    ['cover less than a minute', {}, [40, 41, 42], 10],
    ['are all zero', {}, Array.from({ length: 20 }, () => 0), 10],
  ])('falls back on the lag of now while the statistics %s', (_name, settings, values, interval) => {
    expect(baselineOf(health(settings), statistics(values, interval))).toEqual({ p95Ms: 40, samples: 1, from: 'reading' });
  });

  it('counts the minutes of each source, not of all together', () => {
    const two = health({ sources: [source(), source({ id: '2' })] });
    expect(baselineOf(two, statistics(Array.from({ length: 8 }, () => 40))).from).toBe('reading');
  });

  it('is nothing without any lag', () => {
    expect(baselineOf(health({ sources: [] }), undefined)).toEqual({ p95Ms: 0, samples: 0, from: 'reading' });
  });
});

describe('lagLimitMs', () => {
  it.each([
    [10, 500, 500],
    [400, 500, 1_200],
    [90, 100, 290],
  ])('of a baseline of %d ms and a wish of %d ms is %d ms', (p95Ms, maxLagMs, limit) => {
    expect(lagLimitMs({ p95Ms, samples: 30, from: 'statistics' }, { maxLagMs })).toBe(limit);
  });

  it('never lies below the baseline, what was allowed to grow, or what the request allows', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 3_600_000 }), (p95Ms, maxLagMs) => {
        const limit = lagLimitMs({ p95Ms, samples: 30, from: 'statistics' }, { maxLagMs });
        expect(limit).toBeGreaterThanOrEqual(Math.max(p95Ms + 200, maxLagMs));
      }),
    );
  });
});

describe('judgeHealth', () => {
  it('finds nothing while every source is in sync and hardly behind', () => {
    expect(found({})).toEqual({});
  });

  it.each<[string, Partial<ReplicationHealth>, string]>([
    ['D12: a source is syncing', { sources: [source({ status: 'syncing' })] }, 'unhealthy'],
    ['D14: a source is out of sync', { sources: [source({ status: 'out-of-sync', lastError: 'connection refused' })] }, 'unhealthy'],
    ['U18: a source has a status in an unknown word', { sources: [source({ status: 'fine' })] }, 'unhealthy'],
    ['D16: lag is over the limit', { sources: [source({ lagMs: 501 })] }, 'unhealthy'],
    ['a source in sync tells no lag', { sources: [{ id: '1', relation: 'replica', status: 'in-sync' }] }, 'unhealthy'],
    ['a source reports a new error', { sources: [source({ lastError: 'handshake failed' })] }, 'unhealthy'],
    ['E06: the availability check fails', { availability: { available: false, lagChecked: true } }, 'unhealthy'],
    ['E15: an alert is raised', { alerts: ['replica_src_syncer_connection_error'] }, 'unhealthy'],
    ['E14: a peer is down', { peers: [{ name: 'eu', up: false }] }, 'unhealthy'],
    ['D11: the sync is stopped', { sync: [{ relation: 'replica', state: 'stopped' }] }, 'sync-stopped'],
    ['D13: a snapshot is being sent', { sources: [source({ status: 'syncing', rdbSize: 900, rdbTransferred: 10 })] }, 'full-sync'],
    ['D13: a snapshot was sent', { sources: [source({ rdbSize: 900, rdbTransferred: 900 })] }, 'full-sync'],
    ['F09: somebody paused the sync', { sync: [{ relation: 'replica', state: 'paused' }] }, 'foreign'],
    ['F09: a source came', { sources: [source(), source({ id: '2' })] }, 'foreign'],
    ['F09: it replicates in another way', { kind: 'active-active' }, 'foreign'],
  ])('%s', (_name, now, state) => {
    expect(Object.keys(found(now))).toContain(state);
  });

  it('D15: says that going back does not help while no source answers and a peer is down', () => {
    const now = { sources: [source({ status: 'out-of-sync' })], peers: [{ name: 'eu', up: false }] };
    expect(found(now)['peer-down']).toEqual([expect.stringContaining('eu')]);
  });

  it('takes an error, an alert and a transfer that were there before for old', () => {
    const old = { sources: [source({ lastError: 'old', rdbSize: 900, rdbTransferred: 900 })], alerts: ['high_syncer_lag'] };
    expect(found(old, healthBefore(old))).toEqual({});
  });

  it('does not hold against a change what ailed before it', () => {
    const ailing = {
      sources: [source({ status: 'out-of-sync' })],
      sync: [{ relation: 'replica', state: 'paused' } as const],
      peers: [{ name: 'eu', up: false }],
      availability: { available: false, lagChecked: false },
    };
    expect(found(ailing, healthBefore(ailing))).toEqual({});
    expect(isHealthy(health(ailing))).toBe(false);
  });

  it('D12: takes the size of an earlier snapshot for what it is while a source resumes', () => {
    const old = { rdbSize: 900, rdbTransferred: 900 };
    const resuming = { sources: [source({ status: 'syncing', ...old })] };
    expect(found(resuming, healthBefore({ sources: [source(old)] }))).toEqual({ unhealthy: [expect.any(String)] });
  });

  it('allows three times the lag that was usual', () => {
    const slow = healthBefore({}, { p95Ms: 400 });
    expect(found({ sources: [source({ lagMs: 1_199 })] }, slow)).toEqual({});
    expect(found({ sources: [source({ lagMs: 1_201 })] }, slow)).toHaveProperty('unhealthy');
  });
});

describe('hazards', () => {
  it('are known without an earlier reading while a snapshot is on its way', () => {
    const states = hazards(health({ sources: [source({ status: 'syncing', rdbSize: 1 })] })).filter(([, problems]) => problems.length > 0);
    expect(states.map(([state]) => state)).toEqual(['full-sync']);
  });
});

describe('worstLag', () => {
  it('is the largest of those that are known', () => {
    expect(worstLag(health({ sources: [source({ lagMs: 3 }), source({ id: '2', lagMs: 9 })] }))).toBe(9);
    expect(worstLag(health({ sources: [] }))).toBeUndefined();
  });
});
