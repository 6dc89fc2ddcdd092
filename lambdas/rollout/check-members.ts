import * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { Verification } from '../contracts/request.ts';
import type { RolloutTarget } from '../contracts/rollout.ts';
import { ClusterItemInput } from '../contracts/rollout-steps.ts';
import type { Sample } from '../contracts/verification.ts';
import type { SyncerMode } from '../contracts/words.ts';
import { lagLimitMs } from '../domain/health.ts';
import { expectationOf } from '../domain/rollout/check.ts';
import { verificationOf } from '../domain/rollout/requests.ts';
import { addSample, emptyTally, judgeReading } from '../domain/verdict.ts';
import { HealthSource } from './health-source.ts';
import { type RolloutPorts, recordFor, rolloutStep } from './step.ts';

const unobserved = async (): Promise<void> => {};
type Look = Omit<Sample, 'at'>;
const unmeasured = (problem: string): Look => ({ state: 'unmeasured', problems: [problem] });
const messageOf = (error: unknown): string => {
  if (error instanceof StepError) return error.message;
  throw error;
};

/** The databases of a cluster as they are now, by their ids; or why they cannot be read. */
async function readFacts(cluster: string, ports: RolloutPorts): Promise<ReadonlyMap<string, DatabaseFacts | string> | string> {
  try {
    const all = await (await ports.cluster(cluster, unobserved)).readAll();
    return new Map<string, DatabaseFacts | string>(
      all.map((entry) => ('error' in entry ? [entry.id, entry.error.message] : [entry.database.id, entry])),
    );
  } catch (error) {
    return messageOf(error);
  }
}

interface Watch {
  readonly mode: SyncerMode;
  readonly verification: Verification;
  readonly source: HealthSource;
  /** How replication was before, where it was watched. */
  readonly before: ReadonlyMap<string, HealthBefore>;
}

async function lookAt(member: RolloutTarget, facts: DatabaseFacts | string | undefined, watch: Watch): Promise<Look> {
  if (facts === undefined) return { state: 'bad', problems: [`the cluster has no database ${member.id} any more`] };
  if (typeof facts === 'string') return unmeasured(facts);
  const { mode, verification, source, before } = watch;
  const healthBefore = before.get(member.id);
  const now = healthBefore && (await source.readingOf(member.id, lagLimitMs(healthBefore.baseline, verification)));
  if (!healthBefore || now === undefined) return judgeReading(facts, expectationOf(member, mode, facts));
  if ('error' in now) return unmeasured(now.error);
  return judgeReading(facts, expectationOf(member, mode, facts, { before: healthBefore, settings: verification }), now);
}

/** How replication was before the rollout, of those databases where it was watched. */
async function healthBefore(rolloutId: string, cluster: string, { rollouts }: RolloutPorts): Promise<Map<string, HealthBefore>> {
  const plans = await rollouts.plans(rolloutId, cluster);
  return new Map(plans.flatMap(({ id, health }) => (health ? [[id, health]] : [])));
}

/** Takes a sample of every member of the rollout on one cluster, with one reading of it. */
export async function checkMembers({ item, ...place }: ClusterItemInput, ports: RolloutPorts): Promise<Record<string, never>> {
  const { rolloutId, file } = (await recordFor(place, ports)).request;
  const cluster = ports.clusters[item - 1];
  if (cluster === undefined) throw new StepError('InvalidInputError', `the configuration has no cluster number ${item}`);
  const members = (await ports.rollouts.targets(rolloutId, cluster)).filter(({ state }) => state === 'applied');
  const startedAt = ports.clock.now().toISOString();
  const read = await readFacts(cluster, ports);
  const watch: Watch = {
    mode: file.wanted.syncerMode,
    verification: verificationOf(file, ports.defaults),
    // Left alone once it proves to be closed: a login that is refused for each member would lock the account.
    source: new HealthSource(() => ports.health(cluster, unobserved)),
    before: await healthBefore(rolloutId, cluster, ports),
  };
  for (const member of members) {
    const look = await lookAt(member, typeof read === 'string' ? read : read.get(member.id), watch);
    const tally = addSample(member.tally ?? emptyTally(startedAt), { at: ports.clock.now().toISOString(), ...look });
    await ports.rollouts.saveTarget(rolloutId, { ...member, tally }, place.run);
  }
  return {};
}

export const handler = rolloutStep({ input: ClusterItemInput, output: z.strictObject({}) }, checkMembers);
