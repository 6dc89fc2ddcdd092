import type { DatabaseFacts, EndpointFacts } from '../contracts/facts.ts';
import type { ProxyPolicy } from '../contracts/words.ts';

const ascending = (nodes: Iterable<number>): number[] => [...new Set(nodes)].sort((a, b) => a - b);

/**
 * Nodes whose proxies a policy would bind: the policy's own set, without excluded, with included nodes, without nodes that
 * host no endpoints (quorum-only, maintenance, down). Policy `single` keeps one of the proxies that are bound now.
 *
 * @param lists - include and exclude lists that hold beside the policy; setting a policy clears them.
 * @returns node ids, ascending. A prediction: what is bound is proven by reading it back.
 */
export function expectedProxies(
  facts: Pick<DatabaseFacts, 'nodes' | 'primaryNodes'>,
  policy: ProxyPolicy,
  bound: number[],
  lists: Pick<EndpointFacts, 'include' | 'exclude'> = { include: [], exclude: [] },
): number[] {
  const hosts = new Set(facts.nodes.filter((node) => node.kind === 'data' && node.status === 'OK').map((node) => node.id));
  const base = { single: bound.slice(0, 1), 'all-master-shards': facts.primaryNodes, 'all-nodes': [...hosts] }[policy];
  const listed = [...base.filter((node) => !lists.exclude.includes(node)), ...lists.include];
  return ascending(listed.filter((node) => hosts.has(node)));
}
