import type { DatabaseFacts, EndpointFacts } from '../contracts/facts.ts';
import type { ProxyPolicy } from '../contracts/words.ts';
import type { Write } from '../contracts/write.ts';
import { notDistributable } from './verdict.ts';
import type { Comparison } from './write-proof.ts';
import { sameBinding } from './writes.ts';

const endpointOf = (facts: DatabaseFacts, write: Write) =>
  write.kind === 'tune-syncer' ? undefined : facts.endpoints.find((endpoint) => endpoint.id === write.endpoint);

/** An endpoint is where one of these writes would bring it. */
export const isWhereWritten = (endpoint: EndpointFacts, writes: readonly Write[]): boolean =>
  writes.some((write) => write.kind === 'bind-policy' && write.endpoint === endpoint.id && sameBinding(endpoint, bindingOf(write.policy)));

const bindingOf = (policy: ProxyPolicy) => ({ policy, include: [], exclude: [] });

type BindList = Extract<Write, { kind: 'bind-list' }>;

/** A list that is set leaves the policy as it is, and takes no more than its own nodes out of the other list. */
function hasList(is: EndpointFacts, was: EndpointFacts, { list, nodes }: BindList): boolean {
  const others = (listed: number[]) => listed.filter((node) => !nodes.includes(node));
  return sameBinding(is, { policy: was.policy, include: others(was.include), exclude: others(was.exclude), [list]: nodes });
}

export interface Binding {
  readonly write: Write;
  /** All writes of this step: an earlier attempt may have sent any of them already. */
  readonly writes: readonly Write[];
  readonly before: DatabaseFacts;
  /** On the way to distributed a policy without two bound nodes misses its goal. */
  readonly widening: boolean;
}

/** Compares the endpoint that a write is for. The mode and the other endpoints must be as they were, or as this step sets them. */
export function compareBinding({ write, writes, before, widening }: Binding, now: DatabaseFacts): Comparison {
  const [was, is] = [endpointOf(before, write), endpointOf(now, write)];
  if (!was || !is || now.syncerMode !== before.syncerMode || now.endpoints.length !== before.endpoints.length) return 'neither';
  if (is.unclear !== undefined) return 'unread';
  const others = now.endpoints.filter((endpoint) => endpoint.id !== is.id);
  const asExpected = (other: EndpointFacts) =>
    isWhereWritten(other, writes) || before.endpoints.some((endpoint) => endpoint.id === other.id && sameBinding(endpoint, other));
  if (!others.every(asExpected)) return 'neither';
  if (write.kind === 'bind-list' && hasList(is, was, write)) return 'wanted';
  if (write.kind === 'bind-policy' && sameBinding(is, bindingOf(write.policy)))
    return widening && notDistributable({ endpoints: [is] }).length > 0 ? 'partly' : 'wanted';
  return sameBinding(was, is) ? 'as-before' : 'neither';
}
