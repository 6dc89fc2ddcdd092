import type { RolloutEvent, RolloutGate, RolloutRecord, RolloutTarget } from '../../../contracts/rollout.ts';
import type { Links } from '../../../runtime/chat-ports.ts';

/** What is on record of a rollout, which is all that its thread is told from. */
export interface RolloutSource {
  readonly record: RolloutRecord;
  /** All of them, in the order of their positions. */
  readonly targets: readonly RolloutTarget[];
  /** Every gate that stands or stood. */
  readonly gates: readonly RolloutGate[];
  readonly events: readonly RolloutEvent[];
  readonly links: Links;
}

/** The targets of each wave, by its number; 0 has those that are in none. */
export const byWave = (targets: readonly RolloutTarget[]): ReadonlyMap<number, readonly RolloutTarget[]> =>
  Map.groupBy(targets, ({ wave }) => wave);
