import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

/** A moment, and where it stands among all others when they are sorted as text. */
export interface Placed {
  /** ISO 8601. */
  readonly at: string;
  readonly order: string;
}

/** Digits of the counter in base 36: enough for two billion places. */
const DIGITS = 6;

/**
 * Gives out places in order. Those of one writer keep their order even within a millisecond, or when its clock is set back; those of
 * two writers are ordered by their clocks and never equal.
 */
export function orderedBy(clock: Pick<Clock, 'now'>): () => Placed {
  const writer = randomBytes(6).toString('hex');
  let latest = '';
  let count = 0;
  return () => {
    const at = clock.now().toISOString();
    if (at > latest) latest = at;
    count += 1;
    return { at, order: `${latest}#${count.toString(36).padStart(DIGITS, '0')}#${writer}` };
  };
}
