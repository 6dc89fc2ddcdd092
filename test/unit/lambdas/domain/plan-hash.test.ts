import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import { planHash } from '../../../../lambdas/domain/plan-hash.ts';
import { anyFacts, anyRequest, endpoint, facts, node, request, towards } from '../../../support/facts.ts';

const endpoints = [
  endpoint({ policy: 'all-nodes', include: [2, 10], exclude: [3, 4], nodes: [1, 2] }),
  endpoint({ id: '7:2', policy: 'all-nodes' }),
];
const before = facts({ endpoints });
const [first = endpoint(), second = endpoint()] = endpoints;
const hash = (settings: Partial<DatabaseFacts>) => planHash(request(), { ...before, ...settings });
const original = hash({});

describe('planHash', () => {
  it('is a SHA-256 in hexadecimal', () => {
    expect(original).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<DatabaseFacts>]>([
    ['the moment of the reading', { readAt: '2027-01-01T00:00:00Z' }],
    ['the order of the nodes', { nodes: [node(3), node(1), node(2)] }],
    ['the state of a node', { nodes: [node(1), node(2), node(3, { status: 'DOWN' })] }],
    ['the bound nodes', { endpoints: [{ ...first, nodes: [2, 3] }, second] }],
    ['the order of the bound nodes', { endpoints: [{ ...first, nodes: [2, 1] }, second] }],
    ['the order of the endpoints', { endpoints: [second, first] }],
    ['the order of the lists', { endpoints: [{ ...first, include: [10, 2], exclude: [4, 3] }, second] }],
    ['the status', { status: 'active-change-pending' }],
    ['a job', { job: 'SMUpdateBDB' }],
    ['the nodes of the primaries', { primaryNodes: [3] }],
    ['a sick shard', { sickShards: ['redis:1 is "DOWN"'] }],
  ])('does not change with %s', (_name, settings) => {
    expect(hash(settings)).toBe(original);
  });

  it.each<[string, Partial<DatabaseFacts>]>([
    ['the cluster', { database: { ...before.database, cluster: 'eu-west' } }],
    ['the id', { database: { ...before.database, id: 'db:8' } }],
    ['the name', { database: { ...before.database, name: 'carts' } }],
    ['the mode', { syncerMode: 'distributed' }],
    ['the policy of an endpoint', { endpoints: [first, { ...second, policy: 'single' }] }],
    ['an include list', { endpoints: [{ ...first, include: [2] }, second] }],
    ['an exclude list', { endpoints: [{ ...first, exclude: [] }, second] }],
    ['a node that moves from one list to the other', { endpoints: [{ ...first, include: [2], exclude: [3, 4, 10] }, second] }],
    ['an endpoint that goes', { endpoints: [first] }],
    ['an endpoint that comes', { endpoints: [...endpoints, endpoint({ id: '7:3' })] }],
    ['the id of an endpoint', { endpoints: [first, { ...second, id: '7:3' }] }],
  ])('changes with %s', (_name, settings) => {
    expect(hash(settings)).not.toBe(original);
  });

  it.each([
    ['the wanted mode', towards('centralized')],
    ['the wanted policy', towards('distributed', 'all-nodes')],
    ['the policy that widens by default', request({ defaultProxyPolicy: 'all-nodes' })],
    ['what a rollback restores', request({ rollback: { restoreProxyPolicy: true } })],
  ])('changes with %s', (_name, changed) => {
    expect(planHash(changed, before)).not.toBe(original);
  });

  it.each([
    ['the change id', request({ changeId: 'chg-2' })],
    ['how the target is written', request({ target: { cluster: 'lab', database: 'db:7' } })],
    ['who asks and why', request({ requestedBy: 'alice@example.com', reason: 'CHG-1234' })],
  ])('does not change with %s', (_name, changed) => {
    expect(planHash(changed, before)).toBe(original);
  });

  it('does not depend on any order or on where proxies are bound', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, fc.subarray([1, 2, 3, 4, 5]), (any, found, nodes) => {
        const shuffled = found.endpoints
          .toReversed()
          .map((one) => ({ ...one, nodes, include: one.include.toReversed(), exclude: one.exclude.toReversed() }));
        expect(planHash(any, { ...found, endpoints: shuffled, nodes: found.nodes.toReversed() })).toBe(planHash(any, found));
      }),
    );
  });
});
