import type { RolloutTarget, TargetPlan } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';
import { type Placed, placeInWaves } from './waves.ts';

/** What is kept of a plan while all are looked at: as little as possible, for there may be many. */
export type Seen = Pick<TargetPlan, 'cluster' | 'id' | 'name' | 'kind' | 'group' | 'traffic'> & {
  readonly planHash: string;
  readonly needed: boolean;
  readonly blockers: readonly string[];
};

const targetOf = ({ cluster, id, name, group, planHash }: Seen) => ({ cluster, id, name, ...(group !== undefined && { group }), planHash });

/** Numbers targets so that those of one lane follow each other: that is how a lane finds its next one. */
const laneByLane = (placed: readonly Placed[]): Placed[] =>
  placed
    .toSorted((a, b) => a.wave - b.wave || a.lane - b.lane || a.position - b.position)
    .map((each, index) => ({ ...each, position: index + 1 }));

/** Every target with its place. Those that need nothing, or that something stands in the way of, come after all waves, in none. */
export function placeTargets(
  seen: readonly Seen[],
  file: Pick<RolloutFile, 'waves' | 'concurrency'>,
): { places: Placed[]; placed: RolloutTarget[]; others: RolloutTarget[] } {
  const isOpen = ({ needed, blockers }: Seen) => needed && blockers.length === 0;
  const seenByKey = new Map(seen.map((each) => [`${each.cluster}/${each.id}`, each]));
  const places = laneByLane(placeInWaves(seen.filter(isOpen), file));
  const placed = places.map(({ position, wave, lane, cluster, id }): RolloutTarget => {
    const one = seenByKey.get(`${cluster}/${id}`);
    if (!one) throw new Error(`${cluster}/${id} was placed and never seen`);
    return { position, wave, lane, ...targetOf(one), state: 'waiting' };
  });
  const others = seen
    .filter((each) => !isOpen(each))
    .map((each, index): RolloutTarget => {
      const place = { position: placed.length + index + 1, wave: 0, lane: 0, ...targetOf(each) };
      return each.needed ? { ...place, state: 'refused', says: each.blockers.join('; ') } : { ...place, state: 'unchanged' };
    });
  return { places, placed, others };
}
