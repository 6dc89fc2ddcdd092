import { createHash } from 'node:crypto';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { FullChangeRequest } from '../contracts/request.ts';

const ascending = (nodes: number[]): number[] => nodes.toSorted((a, b) => a - b);

/** The facts that an approval is given for. Lag, node order and moments are left out, so noise cannot change the hash. */
function materialFacts(request: FullChangeRequest, facts: DatabaseFacts): unknown {
  const { cluster, id, name } = facts.database;
  const endpoints = [...facts.endpoints]
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
    .map(({ id, policy, include, exclude }) => ({ id, policy, include: ascending(include), exclude: ascending(exclude) }));
  const { syncerMode, proxyPolicy = null } = request.wanted;
  const wanted = { syncerMode, proxyPolicy, defaultProxyPolicy: request.defaultProxyPolicy, rollback: request.rollback };
  const { replication } = facts;
  return { database: { cluster, id, name, ...(replication && { replication }) }, syncerMode: facts.syncerMode, endpoints, wanted };
}

/** SHA-256 over the material facts, in hexadecimal. Keys are written in a fixed order, so equal facts give equal hashes. */
export const planHash = (request: FullChangeRequest, facts: DatabaseFacts): string =>
  createHash('sha256')
    .update(JSON.stringify(materialFacts(request, facts)))
    .digest('hex');
