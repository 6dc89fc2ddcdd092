import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROXY_POLICIES } from '../../../../lambdas/contracts/words.ts';
import { expectedProxies } from '../../../../lambdas/domain/proxy-set.ts';
import { anyFacts, facts, NODE_IDS, node } from '../../../support/facts.ts';

describe('expectedProxies', () => {
  it('binds every node with a primary shard under all-master-shards', () => {
    expect(expectedProxies(facts(), 'all-master-shards', [3])).toEqual([1, 2]);
  });

  it('binds every data node under all-nodes', () => {
    expect(expectedProxies(facts(), 'all-nodes', [3])).toEqual([1, 2, 3]);
  });

  it('keeps one of the bound proxies under single', () => {
    expect(expectedProxies(facts(), 'single', [2, 3])).toEqual([2]);
  });

  it.each([
    ['quorum-only', node(3, { kind: 'quorum-only' })],
    ['in maintenance', node(3, { kind: 'empty' })],
    ['down', node(3, { status: 'DOWN, last seen 41s ago' })],
  ])('leaves out a node that is %s', (_name, third) => {
    expect(expectedProxies(facts({ nodes: [node(1), node(2), third] }), 'all-nodes', [1])).toEqual([1, 2]);
  });

  it('leaves out excluded nodes', () => {
    expect(expectedProxies(facts(), 'all-nodes', [1], { include: [], exclude: [2] })).toEqual([1, 3]);
  });

  it('adds included nodes', () => {
    expect(expectedProxies(facts(), 'all-master-shards', [1], { include: [3], exclude: [] })).toEqual([1, 2, 3]);
  });

  it('does not add an included node that can host nothing', () => {
    const nodes = [node(1), node(2), node(3, { kind: 'quorum-only' })];
    expect(expectedProxies(facts({ nodes }), 'all-master-shards', [1], { include: [3], exclude: [] })).toEqual([1, 2]);
  });

  it('names only healthy data nodes, each once, ascending', () => {
    const lists = fc.record({ include: fc.subarray(NODE_IDS), exclude: fc.subarray(NODE_IDS) });
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...PROXY_POLICIES), lists, (any, policy, { include, exclude }) => {
        const proxies = expectedProxies(any, policy, NODE_IDS, { include, exclude });
        const hosts = any.nodes.filter(({ kind, status }) => kind === 'data' && status === 'OK').map(({ id }) => id);
        expect(proxies).toEqual(hosts.filter((host) => proxies.includes(host)));
      }),
    );
  });
});
