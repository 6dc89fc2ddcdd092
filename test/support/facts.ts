import * as fc from 'fast-check';
import type { DatabaseFacts, EndpointFacts, NodeFacts } from '../../lambdas/contracts/facts.ts';
import type { HealthBefore, ReplicationHealth, SourceHealth } from '../../lambdas/contracts/health.ts';
import { type ChangeRequestInput, FullChangeRequest } from '../../lambdas/contracts/request.ts';
import {
  MULTI_PROXY_POLICIES,
  type MultiProxyPolicy,
  PROXY_POLICIES,
  SYNCER_MODES,
  type SyncerMode,
} from '../../lambdas/contracts/words.ts';

export const NOW = '2026-12-01T02:00:00.000Z';
/** A moment this many seconds after `NOW`, ISO 8601. */
export const later = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

export const node = (id: number, settings: Partial<NodeFacts> = {}): NodeFacts => ({
  id,
  status: 'OK',
  version: '8.0.20-96',
  kind: 'data',
  ...settings,
});

export const endpoint = (settings: Partial<EndpointFacts> = {}): EndpointFacts => ({
  id: '7:1',
  policy: 'single',
  include: [],
  exclude: [],
  nodes: [1],
  ...settings,
});

/** A calm database of class C1 on three nodes, with a primary shard on nodes 1 and 2. */
export const facts = (settings: Partial<DatabaseFacts> = {}): DatabaseFacts => ({
  database: { cluster: 'lab', id: 'db:7', name: 'orders' },
  readAt: NOW,
  status: 'active',
  job: null,
  syncerMode: 'centralized',
  endpoints: [endpoint()],
  primaryNodes: [1, 2],
  sickShards: [],
  nodes: [node(1), node(2), node(3)],
  ...settings,
});

export const source = (settings: Partial<SourceHealth> = {}): SourceHealth => ({
  id: '1',
  relation: 'replica',
  status: 'in-sync',
  lagMs: 40,
  rdbSize: 0,
  rdbTransferred: 0,
  ...settings,
});

/** A Replica Of destination whose one source is in sync. */
export const health = (settings: Partial<ReplicationHealth> = {}): ReplicationHealth => ({
  readAt: NOW,
  kind: 'replica-of',
  seen: { id: 'db:7', name: 'orders', syncerMode: 'centralized', nodes: [1, 2, 3] },
  sync: [{ relation: 'replica', state: 'enabled' }],
  sources: [source()],
  alerts: [],
  ...settings,
});

export const healthBefore = (
  settings: Partial<ReplicationHealth> = {},
  baseline: Partial<HealthBefore['baseline']> = {},
): HealthBefore => ({
  reading: health(settings),
  baseline: { p95Ms: 50, samples: 30, from: 'statistics', ...baseline },
});

const SINGLE = [endpoint()];
const WIDE = [endpoint({ policy: 'all-master-shards', nodes: [1, 2] })];
const WIDE_IN_NAME = [endpoint({ policy: 'all-master-shards', nodes: [1] })];
const MIXED = [...SINGLE, endpoint({ id: '7:2', policy: 'all-nodes', nodes: [1, 2, 3] })];

/** One database for each class of the classification. */
export const OF_CLASS = {
  C1: facts({ endpoints: SINGLE }),
  C2: facts({ endpoints: WIDE }),
  C3: facts({ endpoints: WIDE_IN_NAME, primaryNodes: [1] }),
  D0: facts({ syncerMode: 'distributed', endpoints: SINGLE }),
  D1: facts({ syncerMode: 'distributed', endpoints: WIDE_IN_NAME, primaryNodes: [1] }),
  D2: facts({ syncerMode: 'distributed', endpoints: WIDE }),
  X: facts({ endpoints: MIXED }),
} as const;

type RequestSettings = Partial<ChangeRequestInput> & { defaultProxyPolicy?: MultiProxyPolicy };

/** A request as the steps see it, every default filled in. */
export const request = (settings: RequestSettings = {}): FullChangeRequest =>
  FullChangeRequest.parse({
    changeId: 'chg-1',
    target: { cluster: 'lab', database: 'orders' },
    wanted: { syncerMode: 'distributed' },
    defaultProxyPolicy: 'all-master-shards',
    ...settings,
  });

export const towards = (syncerMode: SyncerMode, proxyPolicy?: MultiProxyPolicy): FullChangeRequest =>
  request({ wanted: { syncerMode, ...(proxyPolicy && { proxyPolicy }) } });

export const NODE_IDS = [1, 2, 3, 4, 5];
const someNodes = (minLength = 0) => fc.subarray(NODE_IDS, { minLength });

export const anyEndpoints: fc.Arbitrary<EndpointFacts[]> = fc
  .array(fc.record({ policy: fc.constantFrom(...PROXY_POLICIES), include: someNodes(), exclude: someNodes(), nodes: someNodes(1) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((endpoints) => endpoints.map((settings, index) => ({ id: `7:${index + 1}` as const, ...settings })));

const anyNode = (id: number) =>
  fc
    .record({ status: fc.constantFrom('OK', 'OK', 'OK', 'DOWN'), kind: fc.constantFrom('data', 'data', 'quorum-only', 'empty') })
    .map((settings) => node(id, settings));

/** Databases in any state that a cluster can show, healthy or not. */
export const anyFacts: fc.Arbitrary<DatabaseFacts> = fc
  .record({
    syncerMode: fc.constantFrom(...SYNCER_MODES),
    status: fc.constantFrom('active', 'active', 'active-change-pending'),
    endpoints: anyEndpoints,
    primaryNodes: someNodes(1),
    nodes: fc.tuple(...NODE_IDS.map(anyNode)),
  })
  .map(facts);

/** The same databases on a calm cluster, where nothing but mode and bindings can stand in the way. */
export const anyHealthyFacts = anyFacts.map((any): DatabaseFacts => ({ ...any, status: 'active', nodes: NODE_IDS.map((id) => node(id)) }));

export const anyRequest: fc.Arbitrary<FullChangeRequest> = fc
  .record({
    wanted: fc.record(
      { syncerMode: fc.constantFrom(...SYNCER_MODES), proxyPolicy: fc.constantFrom(...MULTI_PROXY_POLICIES) },
      { requiredKeys: ['syncerMode'] },
    ),
    defaultProxyPolicy: fc.constantFrom(...MULTI_PROXY_POLICIES),
  })
  .map(request);
