import { setTimeout } from 'node:timers/promises';

/** The clock of somebody who waits for an answer. Handed in, so that a test waits for nothing. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, and without an error, when it is told to stop. */
  pause(ms: number, stop?: AbortSignal): Promise<void>;
}

export const realTiming: Timing = {
  now: () => Date.now(),
  pause: async (ms, stop) => {
    try {
      await setTimeout(ms, undefined, stop && { signal: stop });
    } catch (error) {
      if (!stop?.aborted) throw error;
    }
  },
};
