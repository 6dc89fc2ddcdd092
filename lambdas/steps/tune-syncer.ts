import { Tuned } from '../contracts/change-state.ts';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import { TuneSyncerInput } from '../contracts/steps.ts';
import type { SyncerMode } from '../contracts/words.ts';
import { drift } from '../domain/drift.ts';
import { hazards, healthBefore } from '../domain/health.ts';
import { WRITING_STATES } from '../domain/plan.ts';
import { degradations } from '../domain/preflight.ts';
import { notDistributable, unclearBindings } from '../domain/verdict.ts';
import { sameBindings, tuneTo } from '../domain/writes.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { LEASE_SECONDS } from './lease.ts';
import { awaitEarlierWrites, readBeforeWrite, sleepApart, writeAndProve } from './write-and-prove.ts';

/** The bindings as this change last proved them: what the cluster must still show. */
const provenFacts = (change: TuneSyncerInput['change']): DatabaseFacts => change.policy?.facts ?? change.held?.facts ?? change.begun.facts;

/**
 * Everything that must hold at the moment `distributed` is sent, read afresh: a second reading of the bindings, apart from the
 * one that proved them, with every endpoint on a multi-proxy policy and two nodes.
 */
function requireDistributable(facts: DatabaseFacts, proven: DatabaseFacts): void {
  if (!sameBindings(facts, proven)) throw new StepError('ForeignChangeError', drift(proven, facts).join('; '));
  const sick = degradations(facts);
  if (sick.length > 0) throw new StepError('ClusterDegradedError', sick.join('; '));
  const unclear = unclearBindings(facts);
  if (unclear.length > 0) throw new StepError('ClusterOutputError', unclear.join('; '));
  const lacking = notDistributable(facts);
  if (lacking.length > 0) throw new StepError('PreconditionFailedError', `not sending distributed: ${lacking.join('; ')}`);
}

/** A rollback undoes what this change wrote, and only that: a flag that somebody else set is not ours to undo. */
async function requireOurs(facts: DatabaseFacts, { begun }: TuneSyncerInput['change'], context: StepContext): Promise<void> {
  if (facts.syncerMode !== 'distributed' || begun.facts.syncerMode === 'distributed') return;
  const sent = await context.store.claimedWrites(context.changeId);
  const distributing = (await context.cluster(facts.database.cluster)).describe(tuneTo(facts, 'distributed'));
  if (!sent.some(({ command }) => command === distributing))
    throw new StepError('ForeignChangeError', 'syncer_mode became distributed, and this change did not send that');
}

/** Setting the mode during a full sync would begin it anew. What cannot be seen may be one. */
async function requireNoHazard(change: TuneSyncerInput['change'], context: StepContext): Promise<void> {
  const { cluster, id } = change.begun.facts.database;
  const health = healthBefore(change);
  const source = health && (await context.health(cluster));
  if (!source) return;
  for (const [state, problems] of hazards(await source.readHealth(id), health.reading))
    if (problems.length > 0) throw new StepError(state === 'full-sync' ? 'FullSyncError' : 'SyncStoppedError', problems.join('; '));
}

async function readBeforeTuning(mode: SyncerMode, change: TuneSyncerInput['change'], context: StepContext): Promise<DatabaseFacts> {
  const { phase } = context;
  if (mode === 'distributed' && change.policy?.changed) await sleepApart(change.policy.provenAt, change.request.verification, context);
  const isSet = (facts: DatabaseFacts) => facts.syncerMode === mode;
  const order = { database: change.begun.facts.database, verification: change.request.verification };
  const facts = await readBeforeWrite(context, order, isSet);
  if (isSet(facts)) return facts;
  if (mode === 'distributed') requireDistributable(facts, provenFacts(change));
  else if (phase === 'rollback') await requireOurs(facts, change, context);
  await requireNoHazard(change, context);
  return facts;
}

/** Sets the mode where it is not set already, and proves it by reading. */
export async function tuneSyncer({ mode, change }: TuneSyncerInput, context: StepContext): Promise<Tuned> {
  const { database } = change.begun.facts;
  const stepStartedAt = context.clock.now();
  if (context.phase === 'rollback' && (await context.store.claimedWrites(context.changeId)).length === 0)
    throw new StepError('NothingToRestoreError', 'nothing was written, so there is nothing to restore');
  await context.store.refreshLock(context.changeId, { leaseSeconds: LEASE_SECONDS, run: context.run });
  if (context.phase === 'rollback') await awaitEarlierWrites(context, database.cluster);
  const before = await readBeforeTuning(mode, change, context);
  const changed = before.syncerMode !== mode;
  await context.stopIfCancelled();
  const facts = changed
    ? await writeAndProve(context, await context.cluster(database.cluster), {
        write: tuneTo(before, mode),
        database,
        verification: change.request.verification,
        stepStartedAt,
        // The rollback of a change to centralized would repeat the very write that failed: it shares its claim instead.
        ...(context.phase === 'rollback' && change.request.wanted.syncerMode === mode && { claimAs: WRITING_STATES.tune }),
        compare: (now) => (now.syncerMode === mode ? 'wanted' : 'as-before'),
      })
    : before;
  return { changed, facts, provenAt: context.clock.now().toISOString() };
}

export const handler = stepHandler({ input: TuneSyncerInput, output: Tuned }, tuneSyncer);
