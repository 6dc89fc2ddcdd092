import type { RolloutTarget } from '../../../contracts/rollout.ts';
import { durationsOf } from '../../../domain/rollout/summary.ts';
import { span } from './words.ts';

/** How long the changes took that have ended, as a line; none when none has. */
export function durationsInWords(targets: readonly RolloutTarget[]): string[] {
  const durations = durationsOf(targets);
  return durations ? [`each took ${span(durations.medianSeconds)} (median), ${span(durations.p95Seconds)} (95th percentile)`] : [];
}
