import type { Counted, TargetPlan } from '../contracts/rollout.ts';
import type { RolloutPlace } from '../contracts/rollout-steps.ts';
import type { Seen } from '../domain/rollout/places.ts';
import type { RolloutPorts } from './step.ts';

const seenOf = ({ cluster, id, name, kind, group, traffic, plan }: TargetPlan): Seen => ({
  cluster,
  id,
  name,
  ...(kind && { kind }),
  ...(group !== undefined && { group }),
  ...(traffic && { traffic }),
  planHash: plan.hash,
  needed: plan.needed,
  blockers: plan.blockers,
});

/** Sentences and how many targets each is about, the most frequent first. */
class Tallied {
  readonly #counts = new Map<string, number>();

  add(sentences: readonly string[]): void {
    for (const says of sentences) this.#counts.set(says, (this.#counts.get(says) ?? 0) + 1);
  }

  /** @param most - as many as a person reads. */
  list(most: number): Counted[] {
    const all = [...this.#counts].sort(([one, first], [other, second]) => second - first || one.localeCompare(other, 'en'));
    return all.slice(0, most).map(([says, targets]) => ({ says, targets }));
  }
}

/** What a survey found, on all clusters together. */
export interface Survey {
  readonly seen: readonly Seen[];
  readonly impact: readonly Counted[];
  readonly warnings: readonly Counted[];
  readonly unread: readonly string[];
}

/** Sentences that a person reads. */
export const MOST_SAID = 20;

/** The same for every endpoint and node, so that what many targets have in common is said once. */
const inGeneral = (says: string): string =>
  says.replaceAll(/endpoint \d+:\d+/g, 'an endpoint').replaceAll(/nodes? \d+(?:, \d+)*/g, 'other nodes');

export async function readSurvey({ rolloutId }: RolloutPlace, { rollouts }: RolloutPorts): Promise<Survey> {
  const seen: Seen[] = [];
  const [impact, warnings] = [new Tallied(), new Tallied()];
  const surveys = await rollouts.surveys(rolloutId);
  for (const { cluster } of surveys)
    for (const target of await rollouts.plans(rolloutId, cluster)) {
      seen.push(seenOf(target));
      // What is left out does nothing to anybody.
      if (!target.plan.needed || target.plan.blockers.length > 0) continue;
      impact.add(target.plan.clientImpact.map(inGeneral));
      warnings.add(target.plan.warnings.map(inGeneral));
    }
  const unread = surveys.flatMap(({ cluster, error }) => (error === undefined ? [] : [`${cluster} cannot be surveyed: ${error}`]));
  return { seen, impact: impact.list(MOST_SAID), warnings: warnings.list(MOST_SAID), unread };
}
