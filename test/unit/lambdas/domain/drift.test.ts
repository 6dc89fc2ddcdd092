import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drift } from '../../../../lambdas/domain/drift.ts';
import { planHash } from '../../../../lambdas/domain/plan-hash.ts';
import { anyFacts, endpoint, facts, later, node, OF_CLASS, request } from '../../../support/facts.ts';

describe('drift', () => {
  it('is silent about noise', () => {
    const noisy = facts({ readAt: later(60), status: 'pending', nodes: [node(2), node(1)], endpoints: [endpoint({ nodes: [2] })] });
    expect(drift(facts(), noisy)).toEqual([]);
  });

  it('tells the old mode and the new one', () => {
    expect(drift(OF_CLASS.C2, OF_CLASS.D2)).toEqual(['syncer_mode was centralized, is distributed']);
  });

  it('tells the old name and the new one', () => {
    expect(drift(facts(), facts({ database: { cluster: 'lab', id: 'db:7', name: 'carts' } }))).toEqual([
      expect.stringMatching(/orders.*carts/),
    ]);
  });

  it('tells policy and lists of an endpoint', () => {
    const listed = facts({ endpoints: [endpoint({ policy: 'all-nodes', include: [2], exclude: [3] })] });
    expect(drift(facts(), listed)).toEqual(['endpoint 7:1 was single, is all-nodes +2 -3']);
  });

  it('tells endpoints that came and went', () => {
    expect(drift(facts(), facts({ endpoints: [endpoint({ id: '7:2' })] }))).toEqual([
      'endpoint 7:1 was single, is absent',
      'endpoint 7:2 was absent, is single',
    ]);
  });

  it('has something to tell exactly when the hash of the plan differs', () => {
    const noise = anyFacts.map(({ nodes, status, primaryNodes }) => ({ nodes, status, primaryNodes }));
    const pair = fc
      .tuple(anyFacts, anyFacts, noise, fc.subarray(['database', 'syncerMode', 'endpoints'] as const))
      .map(([planned, other, noisy, moved]) => {
        const renamed = { ...other, database: { ...other.database, name: 'carts' } };
        const changes = Object.fromEntries(moved.map((key) => [key, renamed[key]]));
        return [planned, { ...planned, endpoints: planned.endpoints.toReversed(), ...noisy, ...changes }] as const;
      });
    fc.assert(
      fc.property(pair, ([planned, now]) => {
        expect(drift(planned, now).length > 0).toBe(planHash(request(), planned) !== planHash(request(), now));
      }),
    );
  });
});
