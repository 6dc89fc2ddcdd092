import { describe, expect, it } from 'vitest';
import { inspected } from '../../../../lambdas/domain/inspected.ts';
import { endpoint, facts, healthBefore, node } from '../../../support/facts.ts';

const CALM = { conditions: { runningActions: [], upgradeMode: false }, describe: () => 'a command' };

describe('an inspected database', () => {
  it('has no blocker while nothing stands in the way of distributing it', () => {
    expect(inspected({ facts: facts() }, CALM, {}).blockers).toEqual([]);
  });

  it('has the blockers of a change that would distribute it now, under the configured defaults', () => {
    const upgrading = { ...CALM, conditions: { runningActions: [], upgradeMode: true } };
    const { blockers } = inspected({ facts: facts({ primaryNodes: [1] }) }, upgrading, { verification: { requireHealth: true } });
    expect(blockers).toEqual([
      expect.stringContaining('verification.requireHealth'),
      'the cluster is in upgrade mode',
      expect.stringContaining('placement leaves nothing to distribute to'),
    ]);
    const wide = { proxyPolicy: 'all-nodes' } as const;
    expect(inspected({ facts: facts({ primaryNodes: [1] }) }, CALM, wide).blockers).toEqual([]);
  });

  it('has none when it is distributed in effect, whatever goes on', () => {
    const distributed = facts({ syncerMode: 'distributed', endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2] })] });
    const upgrading = { ...CALM, conditions: { upgradeMode: true } };
    expect(inspected({ facts: distributed }, upgrading, {}).blockers).toEqual([]);
  });

  it('tells the largest lag, and every version that runs', () => {
    const mixed = facts({ nodes: [node(1), node(2, { version: '7.22.2-79' }), node(3)] });
    expect(inspected({ facts: mixed, health: healthBefore() }, CALM, {})).toMatchObject({ lagMs: 40, version: '7.22.2-79, 8.0.20-96' });
    expect(inspected({ facts: mixed }, CALM, {})).not.toHaveProperty('lagMs');
  });
});
