import { STEP_ERRORS } from '../../contracts/errors.ts';
import type { DatabaseFacts } from '../../contracts/facts.ts';
import type { HealthBefore } from '../../contracts/health.ts';
import type { Verification } from '../../contracts/request.ts';
import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';
import type { Tally } from '../../contracts/verification.ts';
import type { ProxyPolicy, SyncerMode } from '../../contracts/words.ts';
import { type Expectation, judge } from '../verdict.ts';

/** The least and the longest pause between two samples of a bake, in seconds. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 600;

/** Pause between two samples, so that the least number of them ends with the bake, in seconds. */
export const samplePause = ({ seconds, samples }: RolloutFile['bake']): number =>
  Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, seconds / samples));

/** How long past its bake a member may stay undecided, in seconds. */
const PATIENCE_SECONDS = 600;

/** The samples of a bake are judged as those of a change are. */
export const bakeSettings = ({ bake }: Pick<RolloutFile, 'bake'>, verification: Verification): Verification => ({
  ...verification,
  samples: bake.samples,
  deadlineSeconds: bake.seconds + PATIENCE_SECONDS,
});

/**
 * What has to hold for a member that was applied.
 * @param facts - as they are now: lists count as they are found, policies as the change has proven them.
 */
export function expectationOf(
  { name, policies = {} }: Pick<RolloutTarget, 'name' | 'policies'>,
  mode: SyncerMode,
  facts: DatabaseFacts,
  watched?: { readonly before: HealthBefore; readonly settings: Pick<Verification, 'maxLagMs'> },
): Expectation {
  const endpoints = facts.endpoints.map((endpoint) => ({ ...endpoint, policy: (policies[endpoint.id] ?? endpoint.policy) as ProxyPolicy }));
  return { mode, name, bindings: { endpoints }, ...(watched && { watched }) };
}

export type Verdict = 'pending' | 'passed' | { readonly state: 'to-undo' | 'needs-operator'; readonly says: string };

/** A change ends after so many samples, to fit into its execution. A bake may take any number of them: one or more are all alike. */
const withoutLimit = (tally: Tally): Tally => ({ ...tally, taken: Math.min(1, tally.taken) });

/**
 * What the samples of a member say. What would be rolled back in a change is sent back; what would be left to an operator stays.
 * @param tally - of a member that has no sample yet: an empty one, from the beginning of the bake.
 */
export function memberVerdict(tally: Tally, settings: Verification, now: string): Verdict {
  const judgement = judge(withoutLimit(tally), settings, now);
  if (!judgement) return 'pending';
  if (!judgement.error) return 'passed';
  const state = STEP_ERRORS[judgement.error].afterWrite === 'rollback' ? 'to-undo' : 'needs-operator';
  return { state, says: `${judgement.error} while it was watched: ${tally.problems.join('; ') || 'no reason given'}` };
}
