/**
 * Id of a new rollout: its name, the day, and something that no other has.
 * @param random - letters and digits.
 */
export const newRolloutId = (name: string, now: Date, random: string): string =>
  `rol-${name}-${now.toISOString().slice(0, 10).replaceAll('-', '')}-${random.slice(0, 8)}`;
