import type { Amount } from '../../../lambdas/contracts/rollout-file.ts';
import { TARGET_STATE_NAMES, type TargetState } from '../../../lambdas/contracts/rollout-outcomes.ts';

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
] as const;

/** A length of time as people say it: `45 s`, `12 min`, `3 h 10 min`. What is below a hundredth of it is left out. */
export function lengthInWords(seconds: number): string {
  // A minute or two are told to the second.
  if (seconds < 120) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60) * 60;
  const index = UNITS.findIndex((unit) => minutes >= unit.seconds);
  const [unit, smaller] = [UNITS[index] ?? UNITS[2], UNITS[index + 1]];
  const whole = Math.floor(minutes / unit.seconds);
  const rest = smaller ? Math.floor((minutes % unit.seconds) / smaller.seconds) : 0;
  return `${whole} ${unit.name}${smaller && rest > 0 ? ` ${rest} ${smaller.name}` : ''}`;
}

/** `1 target`, `2 targets`. */
export const several = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** How many stand where: `3 applied, 1 running`. */
export const countsInWords = (counts: Readonly<Partial<Record<TargetState, number>>>): string =>
  TARGET_STATE_NAMES.filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${counts[state]} ${state}`)
    .join(', ') || 'nothing';

export const amountInWords = (amount: Amount): string => (typeof amount === 'number' ? String(amount) : amount);

export const moneyInWords = (dollars: number): string => `$${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(2)}`;

/** Enough of a hash to tell it from another. */
export const shortHash = (hash: string): string => hash.slice(0, 12);
