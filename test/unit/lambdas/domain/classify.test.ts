import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundNodes, CLASSES, classify, type DatabaseClass, effectiveMode, whyNotUnderstood } from '../../../../lambdas/domain/classify.ts';
import { anyFacts, endpoint, facts, OF_CLASS } from '../../../support/facts.ts';

const classes = Object.keys(CLASSES) as DatabaseClass[];

describe('classify', () => {
  it.each(classes)('recognises class %s', (name) => {
    expect(classify(OF_CLASS[name])).toBe(name);
  });

  it('counts nodes once however many endpoints they serve', () => {
    const endpoints = ['7:1', '7:2'].map((id) => endpoint({ id: id as '7:1', policy: 'all-nodes', nodes: [2] }));
    expect(classify(facts({ endpoints }))).toBe('C3');
  });

  it('does not understand a database without endpoints', () => {
    expect(classify(facts({ endpoints: [] }))).toBe('X');
  });

  it('does not understand endpoints of two multi-proxy policies', () => {
    const endpoints = [
      endpoint({ policy: 'all-nodes', nodes: [1, 2] }),
      endpoint({ id: '7:2', policy: 'all-master-shards', nodes: [1, 2] }),
    ];
    expect(classify(facts({ endpoints }))).toBe('X');
  });

  it('does not understand policy single on two nodes', () => {
    expect(classify(facts({ endpoints: [endpoint({ nodes: [1, 2] })] }))).toBe('X');
  });

  it.each(['single', 'all-nodes'] as const)('does not understand policy %s without any bound node', (policy) => {
    expect(classify(facts({ endpoints: [endpoint({ policy, nodes: [] })] }))).toBe('X');
  });

  it('calls a database D2 exactly when it is understood and distributed in effect', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        expect(classify(any) === 'D2').toBe(whyNotUnderstood(any) === undefined && effectiveMode(any) === 'distributed');
      }),
    );
  });

  it('gives every class but X to databases that are understood', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        expect(classify(any) === 'X').toBe(whyNotUnderstood(any) !== undefined);
      }),
    );
  });
});

describe('whyNotUnderstood', () => {
  it('has nothing to say where the facts fit a class', () => {
    expect(whyNotUnderstood(OF_CLASS.C1)).toBeUndefined();
  });

  it('names the policies that differ', () => {
    expect(whyNotUnderstood(OF_CLASS.X)).toContain('all-nodes, single');
  });

  it('names the endpoint and the nodes of a single policy with several proxies', () => {
    expect(whyNotUnderstood(facts({ endpoints: [endpoint({ nodes: [1, 3] })] }))).toMatch(/7:1.*1, 3/);
  });
});

describe('boundNodes', () => {
  it('lists each node once, ascending by number', () => {
    expect(boundNodes({ endpoints: [endpoint({ nodes: [10, 2] }), endpoint({ id: '7:2', nodes: [2, 1] })] })).toEqual([1, 2, 10]);
  });
});

describe('effectiveMode', () => {
  it.each([
    ['C1', 'centralized'],
    ['C2', 'centralized'],
    ['C3', 'centralized'],
    ['D0', 'centralized'],
    ['D1', 'centralized'],
    ['D2', 'distributed'],
    ['X', 'centralized'],
  ] as const)('of class %s is %s', (name, mode) => {
    expect(effectiveMode(OF_CLASS[name])).toBe(mode);
  });

  it('is centralized while one endpoint has a single proxy, whatever the flag says', () => {
    expect(effectiveMode({ ...OF_CLASS.X, syncerMode: 'distributed' })).toBe('centralized');
  });

  it('is centralized without endpoints', () => {
    expect(effectiveMode(facts({ syncerMode: 'distributed', endpoints: [] }))).toBe('centralized');
  });

  it('is distributed exactly when the flag is set, every policy is multi-proxy and two nodes are bound', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const everyPolicyWide = any.endpoints.every(({ policy }) => policy === 'all-master-shards' || policy === 'all-nodes');
        const distinctNodes = new Set(any.endpoints.flatMap(({ nodes }) => nodes)).size;
        expect(effectiveMode(any) === 'distributed').toBe(any.syncerMode === 'distributed' && everyPolicyWide && distinctNodes >= 2);
      }),
    );
  });
});
