import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointFacts } from '../../../../lambdas/contracts/facts.ts';
import { bindsFor, mustHoldCentralized, restoringBinds, sameBinding, sameBindings, tuneTo } from '../../../../lambdas/domain/writes.ts';
import { anyFacts, anyRequest, endpoint, facts, OF_CLASS, request, towards } from '../../../support/facts.ts';

const WIDTH = { single: 0, 'all-master-shards': 1, 'all-nodes': 2 } as const;

describe('bindsFor', () => {
  it('widens a single proxy to the default policy', () => {
    expect(bindsFor(request({ defaultProxyPolicy: 'all-nodes' }), OF_CLASS.C1)).toEqual([
      { kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-nodes' },
    ]);
  });

  it('prefers the policy of the request to the default', () => {
    expect(bindsFor(towards('distributed', 'all-nodes'), OF_CLASS.C1)).toMatchObject([{ policy: 'all-nodes' }]);
  });

  it('leaves a multi-proxy policy alone when the request names none', () => {
    expect(bindsFor(request({ defaultProxyPolicy: 'all-nodes' }), OF_CLASS.C2)).toEqual([]);
  });

  it('does nothing where the named policy is set already', () => {
    expect(bindsFor(towards('distributed', 'all-master-shards'), OF_CLASS.C2)).toEqual([]);
  });

  it('narrows when the request names the narrower policy', () => {
    const wide = facts({ endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2, 3] })] });
    expect(bindsFor(towards('distributed', 'all-master-shards'), wide)).toMatchObject([{ policy: 'all-master-shards' }]);
  });

  it('binds only the endpoints that differ', () => {
    expect(bindsFor(towards('distributed', 'all-nodes'), OF_CLASS.X)).toMatchObject([{ endpoint: '7:1' }]);
  });

  it('binds nothing on the way to centralized, whatever policy is named', () => {
    expect(bindsFor(towards('centralized', 'all-nodes'), OF_CLASS.D0)).toEqual([]);
  });

  it('never narrows unless the request names a policy', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, (any, found) => {
        const narrowing = bindsFor(any, found).filter(({ endpoint: id, policy }) => {
          const current = found.endpoints.find((candidate) => candidate.id === id);
          return current === undefined || WIDTH[policy] <= WIDTH[current.policy];
        });
        expect(narrowing.every(({ policy }) => policy === any.wanted.proxyPolicy)).toBe(true);
      }),
    );
  });

  it('never binds policy single', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, (any, found) => {
        expect(bindsFor(any, found).map(({ policy }) => policy)).not.toContain('single');
      }),
    );
  });

  it('leaves every endpoint with a multi-proxy policy on the way to distributed', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, (any, found) => {
        fc.pre(any.wanted.syncerMode === 'distributed');
        const bound = new Set(bindsFor(any, found).map((write) => write.endpoint));
        expect(found.endpoints.every(({ id, policy }) => policy !== 'single' || bound.has(id))).toBe(true);
      }),
    );
  });
});

describe('mustHoldCentralized', () => {
  it.each([
    ['C1', false],
    ['C2', false],
    ['D0', true],
    ['D2', false],
  ] as const)('of class %s on the way to distributed is %s', (name, held) => {
    expect(mustHoldCentralized(towards('distributed'), OF_CLASS[name])).toBe(held);
  });

  it('holds a distributed database whose policy is to be replaced', () => {
    expect(mustHoldCentralized(towards('distributed', 'all-nodes'), OF_CLASS.D2)).toBe(true);
  });

  it('holds nothing on the way to centralized', () => {
    expect(mustHoldCentralized(towards('centralized'), OF_CLASS.D0)).toBe(false);
  });
});

describe('tuneTo', () => {
  it('addresses the database by its id', () => {
    expect(tuneTo(facts(), 'distributed')).toEqual({ kind: 'tune-syncer', database: 'db:7', mode: 'distributed' });
  });
});

describe('restoringBinds', () => {
  const listed = facts({ endpoints: [endpoint({ policy: 'all-nodes', include: [2], exclude: [3], nodes: [1, 2] })] });

  it('restores the policy first and then the lists, which setting a policy clears', () => {
    expect(restoringBinds(listed, OF_CLASS.C2)).toEqual([
      { kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-nodes' },
      { kind: 'bind-list', database: 'db:7', endpoint: '7:1', list: 'include', nodes: [2] },
      { kind: 'bind-list', database: 'db:7', endpoint: '7:1', list: 'exclude', nodes: [3] },
    ]);
  });

  it('sends no empty list', () => {
    expect(restoringBinds(OF_CLASS.C1, OF_CLASS.C2)).toEqual([
      { kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'single' },
    ]);
  });

  it('restores lists that were cleared while the policy stayed', () => {
    const cleared = facts({ endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2, 3] })] });
    expect(restoringBinds(listed, cleared).map(({ kind }) => kind)).toEqual(['bind-policy', 'bind-list', 'bind-list']);
  });

  it('does nothing where only the bound nodes moved', () => {
    fc.assert(
      fc.property(anyFacts, fc.subarray([1, 2, 3, 4, 5]), (recorded, nodes) => {
        const now = { ...recorded, endpoints: recorded.endpoints.map((one) => ({ ...one, nodes })) };
        expect(restoringBinds(recorded, now)).toEqual([]);
      }),
    );
  });
});

describe('sameBinding', () => {
  const one = endpoint({ policy: 'all-nodes', include: [1, 2], exclude: [3] });

  it('ignores the order of a list', () => {
    expect(sameBinding(one, { ...one, include: [2, 1] })).toBe(true);
  });

  it.each<[string, Partial<EndpointFacts>]>([
    ['policy', { policy: 'single' }],
    ['include list', { include: [1] }],
    ['exclude list', { exclude: [] }],
  ])('sees another %s', (_name, settings) => {
    expect(sameBinding(one, { ...one, ...settings })).toBe(false);
  });
});

describe('sameBindings', () => {
  it('ignores the order of the endpoints', () => {
    expect(sameBindings(OF_CLASS.X, { endpoints: OF_CLASS.X.endpoints.toReversed() })).toBe(true);
  });

  it.each([
    ['went', OF_CLASS.X.endpoints.slice(0, 1)],
    ['came', [...OF_CLASS.X.endpoints, endpoint({ id: '7:3' })]],
    ['was replaced', [OF_CLASS.X.endpoints[0] ?? endpoint(), endpoint({ id: '7:9', policy: 'all-nodes' })]],
  ])('sees an endpoint that %s', (_name, endpoints) => {
    expect(sameBindings(OF_CLASS.X, { endpoints })).toBe(false);
  });
});
