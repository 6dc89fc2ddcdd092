import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { Move } from '../../contracts/rollout-steps.ts';
import { MOST_ITEMS } from './limits.ts';
import { isLeft, isUnderWay } from './targets.ts';

/** Position of the first target of each lane that has something left. */
function firstLeft(targets: readonly RolloutTarget[], isWanted: (target: RolloutTarget) => boolean): number[] {
  const first = new Map<number, number>();
  for (const target of targets) if (isWanted(target) && !first.has(target.lane)) first.set(target.lane, target.position);
  return [...first.values()].sort((a, b) => a - b).slice(0, MOST_ITEMS);
}

interface Lanes {
  readonly kind: 'change' | 'undo';
  readonly wave: number;
  readonly atOnce: number;
}

const moveOf = ({ kind, wave, atOnce }: Lanes, items: number[]): Move => ({ kind, wave, items, atOnce });

/** Carries out what is left of a wave. */
export const carryOut = (targets: readonly RolloutTarget[], lanes: Lanes): Move =>
  moveOf(
    lanes,
    firstLeft(targets, (target) => target.wave === lanes.wave && isLeft(target, lanes.kind)),
  );

/** Sees changes to their end that have begun, and begins no other. */
export function finish(targets: readonly RolloutTarget[], atOnce: number): Move | undefined {
  const one = targets.find(isUnderWay);
  if (!one) return undefined;
  const kind = one.state === 'undoing' ? 'undo' : 'change';
  const isWanted = (target: RolloutTarget) => target.wave === one.wave && target.state === one.state;
  return moveOf({ kind, wave: one.wave, atOnce }, firstLeft(targets, isWanted));
}

/** Sends back what has to go back, the latest wave first. */
export function sendBack(targets: readonly RolloutTarget[], atOnce: number): Move | undefined {
  const waves = targets.filter((target) => isLeft(target, 'undo')).map(({ wave }) => wave);
  if (waves.length === 0) return undefined;
  return carryOut(targets, { kind: 'undo', wave: waves.reduce((a, b) => Math.max(a, b)), atOnce });
}
