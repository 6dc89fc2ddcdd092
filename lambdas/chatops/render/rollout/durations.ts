import type { RolloutTarget } from '../../../contracts/rollout.ts';
import { span } from './words.ts';

const secondsOf = ({ startedAt, endedAt }: RolloutTarget): number[] =>
  startedAt === undefined || endedAt === undefined ? [] : [(Date.parse(endedAt) - Date.parse(startedAt)) / 1000];

/** The value below which that share of them lies. @param ascending - at least one. */
const quantile = (ascending: readonly number[], share: number): number => ascending[Math.ceil(ascending.length * share) - 1] ?? 0;

/** How long the changes took that have ended, as a line; none when none has. */
export function durationsInWords(targets: readonly RolloutTarget[]): string[] {
  const ascending = targets.flatMap(secondsOf).toSorted((one, other) => one - other);
  if (ascending.length === 0) return [];
  return [`each took ${span(quantile(ascending, 0.5))} (median), ${span(quantile(ascending, 0.95))} (95th percentile)`];
}
