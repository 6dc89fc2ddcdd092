import type { RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import type { TargetState } from '../../../lambdas/contracts/rollout-outcomes.ts';

/** States that a target passes through: where it comes to rest is the news. */
const PASSING: ReadonlySet<TargetState> = new Set(['waiting', 'running', 'to-undo', 'undoing']);

/** Remembers where targets stood, and tells which have come to rest since. */
export class TargetNews {
  #states: Map<number, TargetState> | undefined;

  /** @param fromStart - also tell those that had come to rest before the first look. */
  constructor({ fromStart }: { readonly fromStart: boolean }) {
    this.#states = fromStart ? new Map() : undefined;
  }

  /** Each target once for each state that it comes to rest in. What never was in a wave is part of the plan, and no news. */
  since(targets: readonly RolloutTarget[]): RolloutTarget[] {
    const before = this.#states;
    this.#states = new Map(targets.map(({ position, state }) => [position, state]));
    if (!before) return [];
    return targets.filter(({ position, wave, state }) => wave > 0 && !PASSING.has(state) && before.get(position) !== state);
  }
}
