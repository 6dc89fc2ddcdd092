import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOMES } from '../../../lambdas/contracts/rollout-outcomes.ts';

/** Exit code of a rollout that waits to be gone on with: some of it is applied and kept, or may be. */
export const PAUSED = ROLLOUT_OUTCOMES.incomplete.exitCode;

export const exitCodeOfRollout = ({ outcome }: Pick<RolloutRecord, 'outcome'>): number =>
  outcome === undefined ? PAUSED : ROLLOUT_OUTCOMES[outcome].exitCode;
