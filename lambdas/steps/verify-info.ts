import { Verified } from '../contracts/change-state.ts';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { ReplicationHealth } from '../contracts/health.ts';
import { VerifyInfoInput } from '../contracts/steps.ts';
import type { Sample, Tally } from '../contracts/verification.ts';
import { healthBefore, lagLimitMs } from '../domain/health.ts';
import { addSample, type Expectation, emptyTally, judge, judgeReading } from '../domain/verdict.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { LEASE_SECONDS } from './lease.ts';

/** Errors of a reading that make a sample instead of ending the verification, and what kind of sample. */
const UNREADABLE: Partial<Record<string, Sample['state']>> = {
  ClusterUnreachableError: 'unmeasured',
  ClusterOutputError: 'unmeasured',
  DatabaseBusyError: 'unsettled',
};

async function takeSample(
  database: DatabaseFacts['database'],
  expected: Expectation,
  context: StepContext,
): Promise<{ sample: Omit<Sample, 'at'>; facts?: DatabaseFacts; health?: ReplicationHealth }> {
  try {
    const facts = await (await context.cluster(database.cluster)).readDatabase(database.id);
    const source = expected.watched && (await context.health(database.cluster));
    const tolerance = expected.watched && lagLimitMs(expected.watched.before.baseline, expected.watched.settings);
    const health = source && (await source.readHealth(database.id, tolerance));
    return { sample: judgeReading(facts, expected, health), facts, ...(health && { health }) };
  } catch (error) {
    const state = error instanceof StepError ? UNREADABLE[error.name] : undefined;
    if (!(error instanceof Error) || !state) throw error;
    return { sample: { state, problems: [error.message] } };
  }
}

const describeTally = ({ taken, streak, flips, problems }: Tally): string =>
  `${taken} sample${taken === 1 ? '' : 's'}, the last ${streak?.length ?? 0} ${streak?.state ?? 'none'}` +
  `${flips > 0 ? `, ${flips} turn${flips === 1 ? '' : 's'} between good and bad` : ''}${problems.length > 0 ? `: ${problems.join('; ')}` : ''}`;

/**
 * Takes one sample and judges all so far. The workflow waits and calls again while the verdict is pending.
 * @throws StepError the name of the verdict when it is anything but `passed`.
 */
export async function verifyInfo({ mode, change }: VerifyInfoInput, context: StepContext): Promise<Verified> {
  const { request, begun } = change;
  const previous = context.phase === 'rollback' ? change.restoredVerification : change.verification;
  await context.store.refreshLock(context.changeId, { leaseSeconds: LEASE_SECONDS, run: context.run });
  const { database } = begun.facts;
  const bindings = change.policy?.facts ?? begun.facts;
  const before = healthBefore(change);
  const watched = before && { watched: { before, settings: request.verification } };
  const expected = { mode, name: database.name, bindings, ...watched };
  const startedAt = context.clock.now().toISOString();
  const { sample, facts, health } = await takeSample(database, expected, context);
  const at = context.clock.now().toISOString();
  await context.store.append(context.changeId, { type: 'sample', step: context.step, ...sample });
  const tally = addSample(previous?.tally ?? emptyTally(startedAt), { at, ...sample });
  const judgement = judge(tally, request.verification, at);
  if (judgement?.error) throw new StepError(judgement.error, `verification of ${mode} ${judgement.verdict}: ${describeTally(tally)}`);
  const latest = facts ?? previous?.facts;
  return { verdict: judgement?.verdict ?? 'pending', tally, ...(latest && { facts: latest }), ...(health && { health }) };
}

export const handler = stepHandler({ input: VerifyInfoInput, output: Verified }, verifyInfo);
