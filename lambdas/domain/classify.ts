import type { DatabaseFacts } from '../contracts/facts.ts';
import { isMultiProxy, type SyncerMode } from '../contracts/words.ts';

export const CLASSES = {
  C1: 'centralized on a single proxy: the classic baseline',
  C2: 'centralized on several proxies: prepared for distributed',
  C3: 'centralized, and the policy gives no second proxy to distribute to',
  D0: 'flagged distributed on a single proxy: one syncer in effect',
  D1: 'flagged distributed, and the policy gives no second proxy',
  D2: 'distributed on several proxies',
  X: 'not understood',
} as const;
export type DatabaseClass = keyof typeof CLASSES;

type ClassifiedFacts = Pick<DatabaseFacts, 'syncerMode' | 'endpoints'>;

/** Distinct nodes whose proxies serve any endpoint of the database, ascending. */
export const boundNodes = ({ endpoints }: Pick<DatabaseFacts, 'endpoints'>): number[] =>
  [...new Set(endpoints.flatMap((endpoint) => endpoint.nodes))].sort((a, b) => a - b);

/** Why the facts fit no class, or undefined when they do. */
export function whyNotUnderstood({ endpoints }: ClassifiedFacts): string | undefined {
  if (endpoints.length === 0) return 'the database has no bound endpoint';
  const policies = new Set(endpoints.map((endpoint) => endpoint.policy));
  if (policies.size > 1) return `its endpoints have different proxy policies (${[...policies].sort().join(', ')})`;
  const unclear = endpoints.find((endpoint) => endpoint.unclear !== undefined);
  if (unclear) return unclear.unclear;
  const unbound = endpoints.find((endpoint) => endpoint.nodes.length === 0);
  if (unbound) return `endpoint ${unbound.id} is bound to no node`;
  const wide = endpoints.find((endpoint) => endpoint.policy === 'single' && endpoint.nodes.length > 1);
  return wide && `endpoint ${wide.id} has policy single, yet proxies on nodes ${wide.nodes.join(', ')} serve it`;
}

/** The class that flag, policies and bound nodes make together. */
export function classify(facts: ClassifiedFacts): DatabaseClass {
  if (whyNotUnderstood(facts)) return 'X';
  const distributed = facts.syncerMode === 'distributed';
  if (!facts.endpoints.every((endpoint) => isMultiProxy(endpoint.policy))) return distributed ? 'D0' : 'C1';
  const severalNodes = boundNodes(facts).length >= 2;
  if (distributed) return severalNodes ? 'D2' : 'D1';
  return severalNodes ? 'C2' : 'C3';
}

/** Distributed only when flag, every policy and at least two distinct bound nodes agree; the flag alone proves nothing. */
export const effectiveMode = (facts: ClassifiedFacts): SyncerMode =>
  facts.syncerMode === 'distributed' &&
  facts.endpoints.length > 0 &&
  facts.endpoints.every((endpoint) => isMultiProxy(endpoint.policy)) &&
  boundNodes(facts).length >= 2
    ? 'distributed'
    : 'centralized';
