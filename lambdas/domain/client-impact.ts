import type { DatabaseFacts } from '../contracts/facts.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { expectedProxies } from './proxy-set.ts';
import { bindsFor } from './writes.ts';

/** What clients may notice: a proxy that leaves an endpoint drops its clients, an added one does not. */
export function clientImpact(request: FullChangeRequest, facts: DatabaseFacts): string[] {
  const perEndpoint = bindsFor(request, facts).flatMap(({ endpoint, policy }) => {
    const current = facts.endpoints.find((candidate) => candidate.id === endpoint);
    if (!current) return [];
    const after = expectedProxies(facts, policy, current.nodes);
    const leaving = current.nodes.filter((node) => !after.includes(node));
    const joining = after.filter((node) => !current.nodes.includes(node));
    const lists = [...current.include.map((node) => `+${node}`), ...current.exclude.map((node) => `-${node}`)];
    return [
      ...(leaving.length > 0
        ? [`clients of endpoint ${endpoint} on node ${leaving.join(', ')} are disconnected: ${policy} does not keep that proxy`]
        : []),
      ...(leaving.length === 0 && joining.length > 0
        ? [`endpoint ${endpoint} gains proxies on node ${joining.join(', ')}; no client is expected to be cut`]
        : []),
      ...(lists.length > 0 ? [`setting the policy clears the lists of endpoint ${endpoint} (${lists.join(' ')})`] : []),
    ];
  });
  return [...perEndpoint, 'replication connections are re-established when the mode changes; client connections are not expected to drop'];
}
