import type { Outcome } from '../../contracts/outcomes.ts';
import type { RolloutTarget, Stop } from '../../contracts/rollout.ts';
import type { TargetState } from '../../contracts/rollout-outcomes.ts';

/** Under way: its change has begun, and its end was not noted yet. */
export const isUnderWay = ({ state }: Pick<RolloutTarget, 'state'>): boolean => state === 'running' || state === 'undoing';

/** Whether a lane has something to do about it on the way forward, or on the way back. */
export const isLeft = ({ state }: Pick<RolloutTarget, 'state'>, kind: 'change' | 'undo'): boolean =>
  kind === 'change' ? state === 'waiting' || state === 'running' : state === 'to-undo' || state === 'undoing';

/**
 * How a change ends that failed: what was refused when the rollout was planned never begins, so a refusal later is one of them.
 * Drift and a missed window are not; they have rules of their own.
 */
const FAILURES: ReadonlySet<Outcome> = new Set<Outcome>(['refused', 'rejected', 'expired', 'rolled-back', 'needs-operator']);
export const isFailure = (outcome: Outcome): boolean => FAILURES.has(outcome);

/** Ends of what sends a target back with which it is proven to be centralized; to roll that back is to finish it. */
const SENT_BACK: ReadonlySet<Outcome> = new Set<Outcome>(['applied', 'unchanged', 'rolled-back']);

/** Where a target stands once its change, or its undoing, has ended. What could not be sent back, somebody has to look at. */
export function stateAfter(outcome: Outcome, kind: 'change' | 'undo'): TargetState {
  if (kind === 'undo') return SENT_BACK.has(outcome) ? 'undone' : 'needs-operator';
  // A change of a rollout never only plans.
  return outcome === 'planned' ? 'unchanged' : outcome;
}

/** Applied targets that a stop sends back. */
export function goesBack({ state, wave }: Pick<RolloutTarget, 'state' | 'wave'>, stop: Pick<Stop, 'action' | 'wave'>): boolean {
  if (state !== 'applied' || stop.action === 'stop') return false;
  return stop.action === 'undo-all' || wave === stop.wave;
}

export const failures = (targets: readonly RolloutTarget[]): RolloutTarget[] => targets.filter(({ failed }) => failed === true);

/** `eu-west/orders`, as people name it. */
export const nameOf = ({ cluster, name }: Pick<RolloutTarget, 'cluster' | 'name'>): string => `${cluster}/${name}`;
