import { Rebound } from '../contracts/change-state.ts';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts, EndpointFacts } from '../contracts/facts.ts';
import { RebindPolicyInput } from '../contracts/steps.ts';
import type { Write } from '../contracts/write.ts';
import { compareBinding, isWhereWritten } from '../domain/binding.ts';
import { drift } from '../domain/drift.ts';
import { expectedProxies } from '../domain/proxy-set.ts';
import { bindsFor, restoringBinds, sameBinding } from '../domain/writes.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { LEASE_SECONDS } from './lease.ts';
import { readBeforeWrite, sleepApart, writeAndProve } from './write-and-prove.ts';

/** Nodes that the policy should have bound and has not. Enforcement is best effort on the cluster's side, so this is a note. */
const missingProxies = (facts: DatabaseFacts): string[] =>
  facts.endpoints.flatMap((endpoint) => {
    const missing = expectedProxies(facts, endpoint.policy, endpoint.nodes, endpoint).filter((node) => !endpoint.nodes.includes(node));
    return missing.length > 0
      ? [`endpoint ${endpoint.id}: no proxy on node ${missing.join(', ')} although ${endpoint.policy} includes it`]
      : [];
  });

/**
 * A flag that was just cleared is read a second time, apart from its proof, before anything is widened: widening while it is set
 * would start distributed syncing unasked.
 * @throws StepError `ForeignChangeError` when flag or bindings are neither as they were proven nor as this step sets them.
 */
async function confirmHold({ begun, held, request }: RebindPolicyInput['change'], writes: Write[], context: StepContext): Promise<void> {
  if (!held?.changed) return;
  await sleepApart(held.provenAt, request.verification, context);
  const facts = await readBeforeWrite(context, { database: begun.facts.database, verification: request.verification });
  const asProven = (endpoint: EndpointFacts) =>
    isWhereWritten(endpoint, writes) || held.facts.endpoints.some((other) => other.id === endpoint.id && sameBinding(endpoint, other));
  const sameCount = facts.endpoints.length === held.facts.endpoints.length;
  if (facts.syncerMode !== held.facts.syncerMode || !sameCount || !facts.endpoints.every(asProven))
    throw new StepError('ForeignChangeError', drift(held.facts, facts).join('; '));
}

/** The facts to restore from. A mode that is no longer as verified, or an endpoint that came or went, was somebody else's doing. */
async function readForRestoring({ begun, request }: RebindPolicyInput['change'], context: StepContext): Promise<DatabaseFacts> {
  const facts = await readBeforeWrite(context, { database: begun.facts.database, verification: request.verification });
  if (facts.syncerMode !== 'centralized')
    throw new StepError('ForeignChangeError', `syncer_mode was verified centralized, is ${facts.syncerMode}`);
  const ids = (of: DatabaseFacts) => of.endpoints.map((endpoint) => endpoint.id).join(', ');
  if (ids(facts) !== ids(begun.facts))
    throw new StepError('ForeignChangeError', `the endpoints were ${ids(begun.facts)}, are ${ids(facts)}`);
  return facts;
}

/**
 * Brings every endpoint to the wanted policy, or, in a rollback, to the recorded one, one proven write at a time.
 * Does nothing where it is right already.
 */
export async function rebindPolicy({ change }: RebindPolicyInput, context: StepContext): Promise<Rebound> {
  const { request, begun } = change;
  const { database } = begun.facts;
  const { store, clock, changeId, phase } = context;
  const stepStartedAt = clock.now();
  await store.refreshLock(changeId, { leaseSeconds: LEASE_SECONDS, run: context.run });
  const cluster = await context.cluster(database.cluster);
  const widening = phase === 'forward';
  let facts = widening ? (change.held?.facts ?? begun.facts) : await readForRestoring(change, context);
  const writes: Write[] = widening ? bindsFor(request, begun.facts) : restoringBinds(begun.facts, facts);
  if (widening) await confirmHold(change, writes, context);
  for (const write of writes) {
    await context.stopIfCancelled();
    const before = facts;
    facts = await writeAndProve(context, cluster, {
      write,
      database,
      verification: request.verification,
      stepStartedAt,
      compare: (now) => compareBinding({ write, writes, before, widening }, now),
    });
  }
  const notes = writes.length > 0 ? missingProxies(facts) : [];
  for (const text of notes) await store.append(changeId, { type: 'note', text });
  return { changed: writes.length > 0, facts, provenAt: clock.now().toISOString(), notes };
}

export const handler = stepHandler({ input: RebindPolicyInput, output: Rebound }, rebindPolicy);
