import type { DatabaseFacts, EndpointFacts } from '../contracts/facts.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { isMultiProxy, type ProxyPolicy, type Relation, type ReplicationKind, type SyncerMode } from '../contracts/words.ts';
import type { BindPolicy, Write } from '../contracts/write.ts';

/**
 * Policy an endpoint shall have. A default may widen a single proxy, but only a request that names a policy can replace one
 * multi-proxy policy by another: that may narrow it, and narrowing cuts clients.
 */
const wantedPolicy = (request: FullChangeRequest, endpoint: EndpointFacts): ProxyPolicy =>
  request.wanted.proxyPolicy ?? (isMultiProxy(endpoint.policy) ? endpoint.policy : request.defaultProxyPolicy);

/** The binds that bring every endpoint to its wanted policy; none for a change to centralized. */
export function bindsFor(request: FullChangeRequest, facts: DatabaseFacts): BindPolicy[] {
  if (request.wanted.syncerMode === 'centralized') return [];
  return facts.endpoints
    .map((endpoint) => ({ endpoint, policy: wantedPolicy(request, endpoint) }))
    .filter(({ endpoint, policy }) => endpoint.policy !== policy)
    .map(({ endpoint, policy }) => ({ kind: 'bind-policy', database: facts.database.id, endpoint: endpoint.id, policy }));
}

/**
 * A database whose flag already says distributed might start distributed syncing the moment its policy widens. Clearing the
 * flag first keeps the two changes apart, so that a failure of one cannot be taken for a failure of the other.
 */
export const mustHoldCentralized = (request: FullChangeRequest, facts: DatabaseFacts): boolean =>
  facts.syncerMode === 'distributed' && bindsFor(request, facts).length > 0;

const RELATION_OF: Partial<Record<ReplicationKind, Relation>> = { 'active-active': 'crdt', 'replica-of': 'replica' };

export function tuneTo({ database, replication }: Pick<DatabaseFacts, 'database' | 'replication'>, mode: SyncerMode): Write {
  const relation = replication && RELATION_OF[replication];
  return { kind: 'tune-syncer', database: database.id, mode, ...(relation && { relation }) };
}

/** The writes that put policies and lists back as they were recorded; setting a policy clears lists, so lists come after. */
export function restoringBinds(recorded: DatabaseFacts, now: DatabaseFacts): Write[] {
  const database = recorded.database.id;
  return recorded.endpoints.flatMap(({ id: endpoint, policy, include, exclude }) => {
    const current = now.endpoints.find((candidate) => candidate.id === endpoint);
    if (!current || sameBinding(current, { policy, include, exclude })) return [];
    const lists = { include, exclude };
    return [
      { kind: 'bind-policy', database, endpoint, policy } as const,
      ...(['include', 'exclude'] as const)
        .filter((list) => lists[list].length > 0)
        .map((list) => ({ kind: 'bind-list', database, endpoint, list, nodes: lists[list] }) as const),
    ];
  });
}

type Binding = Pick<EndpointFacts, 'policy' | 'include' | 'exclude'>;
const sameNodes = (a: number[], b: number[]) => a.length === b.length && a.every((node) => b.includes(node));

/** Same policy and same lists; the bound nodes follow from them and may move by themselves. */
export const sameBinding = (a: Binding, b: Binding): boolean =>
  a.policy === b.policy && sameNodes(a.include, b.include) && sameNodes(a.exclude, b.exclude);

/** Endpoints of two readings carry the same policies and lists. */
export const sameBindings = (a: Pick<DatabaseFacts, 'endpoints'>, b: Pick<DatabaseFacts, 'endpoints'>): boolean =>
  a.endpoints.length === b.endpoints.length &&
  a.endpoints.every((endpoint) => b.endpoints.some((other) => other.id === endpoint.id && sameBinding(endpoint, other)));
