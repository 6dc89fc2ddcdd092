import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterConditions, DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import type { FullChangeRequest } from '../../../../lambdas/contracts/request.ts';
import { MULTI_PROXY_POLICIES } from '../../../../lambdas/contracts/words.ts';
import type { Write } from '../../../../lambdas/contracts/write.ts';
import { type DatabaseClass, whyNotUnderstood } from '../../../../lambdas/domain/classify.ts';
import { makePlan, WRITING_STATES } from '../../../../lambdas/domain/plan.ts';
import { planHash } from '../../../../lambdas/domain/plan-hash.ts';
import { expectedProxies } from '../../../../lambdas/domain/proxy-set.ts';
import { anyFacts, anyHealthyFacts, anyRequest, endpoint, facts, node, OF_CLASS, request, towards } from '../../../support/facts.ts';

const CALM: ClusterConditions = { runningActions: [], upgradeMode: false };
const describeWrite = (write: Write): string => {
  if (write.kind === 'tune-syncer') return `tune ${write.mode}`;
  return write.kind === 'bind-policy' ? `bind ${write.endpoint} ${write.policy}` : `${write.list} ${write.nodes}`;
};
const plan = (wanted: FullChangeRequest, found: DatabaseFacts, conditions = CALM) => makePlan(wanted, found, conditions, describeWrite);

const HOLD = { name: 'Hold centralized', command: 'tune centralized' };
const BIND = { name: 'Rebind policy', command: 'bind 7:1 all-master-shards' };
const DISTRIBUTE = { name: 'Tune syncer', command: 'tune distributed' };
const CENTRALIZE = { name: 'Tune syncer', command: 'tune centralized' };

describe('plan towards distributed', () => {
  it.each<[DatabaseClass, object[]]>([
    ['C1', [BIND, DISTRIBUTE]],
    ['C2', [DISTRIBUTE]],
    ['D0', [HOLD, BIND, DISTRIBUTE]],
  ])('of class %s has the documented order of steps', (name, steps) => {
    expect(plan(towards('distributed'), OF_CLASS[name])).toMatchObject({ needed: true, steps, blockers: [] });
  });

  it('of class D0 holds centralized', () => {
    expect(plan(towards('distributed'), OF_CLASS.D0).holdCentralized).toBe(true);
  });

  it.each<DatabaseClass>(['C1', 'C2', 'D2'])('of class %s holds nothing', (name) => {
    expect(plan(towards('distributed'), OF_CLASS[name]).holdCentralized).toBe(false);
  });

  it('of class D2 needs nothing', () => {
    expect(plan(towards('distributed'), OF_CLASS.D2)).toMatchObject({ needed: false, steps: [], warnings: [], blockers: [] });
  });

  it.each<DatabaseClass>(['C3', 'D1'])('of class %s is blocked by its placement', (name) => {
    const { needed, blockers } = plan(towards('distributed'), OF_CLASS[name]);
    expect({ needed, blockers }).toEqual({
      needed: true,
      blockers: [expect.stringMatching(new RegExp(`7:1.*only node 1.*class ${name}`))],
    });
  });

  it('of class X is blocked', () => {
    expect(plan(towards('distributed'), OF_CLASS.X).blockers).toContainEqual(expect.stringContaining('class X'));
  });

  it('is blocked when the policy would bind one node only', () => {
    expect(plan(towards('distributed'), { ...OF_CLASS.C1, primaryNodes: [3] }).blockers).toEqual([
      expect.stringMatching(/all-master-shards would bind endpoint 7:1 to only node 3/),
    ]);
  });

  it('is blocked when the policy would bind no node', () => {
    const nodes = [node(1, { kind: 'quorum-only' })];
    expect(plan(towards('distributed'), { ...OF_CLASS.C1, nodes }).blockers).toEqual([expect.stringContaining('no node')]);
  });

  it('is blocked while one of several endpoints is served by one node', () => {
    const endpoints = [endpoint({ policy: 'all-nodes', nodes: [1, 2] }), endpoint({ id: '7:2', policy: 'all-nodes', nodes: [3] })];
    expect(plan(towards('distributed'), facts({ endpoints })).blockers).toEqual([expect.stringContaining('7:2')]);
  });

  it('replaces the policy of a distributed database only while it is centralized', () => {
    expect(plan(towards('distributed', 'all-nodes'), OF_CLASS.D2).steps).toEqual([
      HOLD,
      { name: 'Rebind policy', command: 'bind 7:1 all-nodes' },
      DISTRIBUTE,
    ]);
  });

  it('E01: warns that a success will be unverified', () => {
    expect(plan(towards('distributed'), OF_CLASS.C1).warnings).toEqual([expect.stringContaining('"unverified"')]);
  });

  it('passes on what the checks before a change find', () => {
    const found = plan(towards('distributed'), { ...OF_CLASS.C1, databasePolicy: 'all-nodes' }, { ...CALM, upgradeMode: true });
    expect(found).toMatchObject({ warnings: { length: 2 }, blockers: [expect.stringContaining('upgrade mode')] });
  });
});

describe('plan towards centralized', () => {
  it.each<DatabaseClass>(['D0', 'D1', 'D2'])('of class %s tunes and touches no policy', (name) => {
    expect(plan(towards('centralized'), OF_CLASS[name])).toMatchObject({
      needed: true,
      holdCentralized: false,
      steps: [CENTRALIZE],
      blockers: [],
    });
  });

  it.each<DatabaseClass>(['C1', 'C2', 'C3', 'X'])('of class %s needs nothing', (name) => {
    expect(plan(towards('centralized'), OF_CLASS[name])).toMatchObject({ needed: false, steps: [], blockers: [] });
  });

  it('leads out of class X as well', () => {
    expect(plan(towards('centralized'), { ...OF_CLASS.X, syncerMode: 'distributed' })).toMatchObject({ steps: [CENTRALIZE], blockers: [] });
  });

  it('names no policy even when the request does', () => {
    expect(plan(towards('centralized', 'all-nodes'), OF_CLASS.D0).steps).toEqual([CENTRALIZE]);
  });
});

describe('plan', () => {
  it('carries the hash of request and facts', () => {
    expect(plan(request(), OF_CLASS.C1).hash).toBe(planHash(request(), OF_CLASS.C1));
  });

  it('is not blocked while nothing is to be done', () => {
    const sick = { ...OF_CLASS.D2, nodes: [node(1), node(2, { status: 'DOWN' })] };
    expect(plan(towards('distributed'), sick, { upgradeMode: true })).toMatchObject({ needed: false, blockers: [] });
  });

  it('tells the impact on clients', () => {
    expect(plan(towards('distributed'), OF_CLASS.C1).clientImpact).not.toEqual([]);
  });

  it('is blocked exactly when an endpoint would be left without two nodes', () => {
    fc.assert(
      fc.property(fc.constantFrom(undefined, ...MULTI_PROXY_POLICIES), anyHealthyFacts, (named, any) => {
        const found = { ...any, endpoints: any.endpoints.slice(0, 1) };
        const [only = endpoint()] = found.endpoints;
        const policy = named ?? (only.policy === 'single' ? 'all-master-shards' : only.policy);
        const nodes = policy === only.policy ? only.nodes : expectedProxies(found, policy, only.nodes);
        const { needed, blockers } = plan(towards('distributed', named), found);
        fc.pre(needed && whyNotUnderstood(found) === undefined);
        expect(blockers.length > 0).toBe(nodes.length < 2);
      }),
    );
  });

  it('sends every bind while the flag says centralized, and the mode last', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, (wanted, found) => {
        const { steps, holdCentralized } = plan(wanted, found);
        const names = steps.map(({ name }) => name);
        const binds = names.filter((name) => name === WRITING_STATES.bind);
        expect(holdCentralized).toBe(binds.length > 0 && found.syncerMode === 'distributed');
        expect(names.slice(0, names.length - (names.includes(WRITING_STATES.tune) ? 1 : 0))).toEqual([
          ...(holdCentralized ? [WRITING_STATES.hold] : []),
          ...binds,
        ]);
      }),
    );
  });

  it('ends with the wanted mode, set by the plan or there before', () => {
    fc.assert(
      fc.property(anyRequest, anyFacts, (wanted, found) => {
        const tunes = plan(wanted, found).steps.filter(({ command }) => command.startsWith('tune'));
        expect(tunes.at(-1)?.command ?? `tune ${found.syncerMode}`).toBe(`tune ${wanted.wanted.syncerMode}`);
      }),
    );
  });
});
