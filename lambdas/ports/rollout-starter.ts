import type { RolloutRecord } from '../contracts/rollout.ts';
import type { OpenRolloutInput } from '../contracts/rollout-steps.ts';

/** Whatever runs rollouts. */
export interface RolloutStarter {
  /** Begins a run of a rollout and returns at once. Asking again for the same run is safe. */
  start(input: OpenRolloutInput): Promise<void>;
  /** Whether a run of it is under way, or may be; one that was cut short is not. */
  isRunning(record: RolloutRecord): Promise<boolean>;
}
