import { describe, expect, it } from 'vitest';
import type { ReplicationHealth } from '../../../../lambdas/contracts/health.ts';
import { sayFindings } from '../../../../lambdas/domain/findings.ts';
import { disagreements, hazardFindings, healthFindings } from '../../../../lambdas/domain/health-findings.ts';
import { preflight } from '../../../../lambdas/domain/preflight.ts';
import { facts, health, healthBefore, request, source, towards } from '../../../support/facts.ts';

const CALM = { runningActions: [], upgradeMode: false };
const SETTINGS = { maxLagMs: 500 };
const found = (settings: Partial<ReplicationHealth>) =>
  sayFindings([...hazardFindings(healthBefore(settings)), ...healthFindings(healthBefore(settings), facts(), SETTINGS)]);

describe('healthFindings', () => {
  it('are none while replication is healthy', () => {
    expect(found({})).toEqual({ blockers: [], warnings: [] });
  });

  it.each<[string, Partial<ReplicationHealth>, string]>([
    ['the database does not replicate', { kind: 'none', sources: [], sync: [] }, 'does not replicate'],
    ['U5: it replicates in both ways', { kind: 'both' }, 'both'],
    ['the sync is paused', { sync: [{ relation: 'replica', state: 'paused' }] }, 'replica_sync is paused'],
    ['a source is not in sync', { sources: [source({ status: 'syncing' })] }, 'syncing'],
    ['lag is beyond what was usual', { sources: [source({ lagMs: 900 })] }, '900 ms'],
    ['a full sync runs', { sources: [source({ status: 'syncing', rdbSize: 10 })] }, 'full sync'],
    ['a peer is down', { peers: [{ name: 'eu', up: false }] }, 'peer eu'],
    ['the availability check fails', { availability: { available: false, lagChecked: false, detail: 'no_quorum' } }, 'no_quorum'],
    ['A28: REST knows other nodes', { seen: { ...health().seen, nodes: [1, 2] } }, 'nodes 1, 2'],
    ['H04: REST tells another mode', { seen: { ...health().seen, syncerMode: 'distributed' } }, 'distributed'],
    ['H03: REST calls it otherwise', { seen: { ...health().seen, name: 'carts' } }, 'carts'],
  ])('block while %s', (_name, settings, telling) => {
    expect(found(settings).blockers.join('\n')).toContain(telling);
  });

  it.each<[string, Partial<ReplicationHealth>, string]>([
    ['an earlier error of a source', { sources: [source({ lastError: 'reset' })] }, 'reset'],
    ['an alert that is raised already', { alerts: ['high_syncer_lag'] }, 'high_syncer_lag'],
    ['a syncer that has to restart', { reconfigurable: false }, 'restarts the syncer'],
  ])('warn of %s', (_name, settings, telling) => {
    expect(found(settings)).toEqual({ blockers: [], warnings: [expect.stringContaining(telling)] });
  });

  it('block a lag that only the reading itself vouches for, once it is more than the request allows', () => {
    const spiking = healthBefore({ sources: [source({ lagMs: 900 })] }, { p95Ms: 900, samples: 1, from: 'reading' });
    expect(sayFindings(healthFindings(spiking, facts(), SETTINGS)).blockers).toEqual([expect.stringContaining('900 ms')]);
  });

  it('carry what they were made of', () => {
    const [finding] = healthFindings(healthBefore({ sync: [{ relation: 'replica', state: 'paused' }] }), facts(), SETTINGS);
    expect(finding).toMatchObject({ check: 'sync', effect: 'blocks', evidence: { relation: 'replica', state: 'paused' } });
  });
});

describe('disagreements', () => {
  it('are none where both ways in tell the same', () => {
    expect(disagreements(health(), facts())).toEqual([]);
  });
});

describe('preflight with a source of health data', () => {
  const paused = healthBefore({ sync: [{ relation: 'replica', state: 'paused' }] });

  it.each<[string, Partial<ReplicationHealth>]>([
    ['D13: a full sync runs', { sources: [source({ status: 'syncing', rdbSize: 10 })] }],
    ['D11: the sync is stopped', { sync: [{ relation: 'replica', state: 'stopped' }] }],
  ])('blocks both ways while %s', (_name, settings) => {
    for (const mode of ['centralized', 'distributed'] as const)
      expect(sayFindings(preflight(towards(mode), facts(), CALM, healthBefore(settings))).blockers).not.toEqual([]);
  });

  it('does not block the way back for anything less', () => {
    const { blockers, warnings } = sayFindings(preflight(towards('centralized'), facts(), CALM, paused));
    expect(blockers).toEqual([]);
    expect(warnings.join()).toContain('paused');
  });

  it('satisfies a request that requires one', () => {
    const strict = request({ verification: { requireHealth: true } });
    expect(sayFindings(preflight(strict, facts(), CALM, healthBefore())).blockers).toEqual([]);
    expect(sayFindings(preflight(strict, facts(), CALM)).blockers).toEqual([expect.stringContaining('requireHealth')]);
  });
});
