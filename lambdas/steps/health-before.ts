import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { baselineOf } from '../domain/health.ts';
import type { StepContext } from '../runtime/step.ts';

/**
 * How replication is doing before the change, with its baseline. The way back does not depend on it: a source of health data that
 * does not answer must not keep syncers running on a sick cluster.
 */
export async function readHealthBefore(
  request: FullChangeRequest,
  { database }: DatabaseFacts,
  context: StepContext,
): Promise<HealthBefore | undefined> {
  const { changeId, step, store } = context;
  try {
    const source = await context.health(database.cluster);
    if (!source) return undefined;
    const health = await source.readHealth(database.id);
    const baseline = baselineOf(health, await source.readLagStatistics(health));
    await store.append(changeId, { type: 'health', step, health, baseline });
    return { reading: health, baseline };
  } catch (error) {
    if (!(error instanceof StepError) || request.wanted.syncerMode === 'distributed') throw error;
    await store.append(changeId, { type: 'note', text: `replication health is not watched: ${error.message}` });
    return undefined;
  }
}
