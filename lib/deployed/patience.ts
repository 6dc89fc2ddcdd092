import { faultOf, problemOf } from './faults.ts';
import type { Timing } from './timing.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

export interface Patience {
  readonly timing: Timing;
  /** How long a call may go on failing, in milliseconds, before it is given up. */
  readonly limitMs: number;
  /** Told to stop, the call ends with the signal's reason. */
  readonly stop?: AbortSignal;
  /** Errors after which the call is made again. @default those that may pass by themselves */
  readonly mayPass?: (error: unknown) => boolean;
  /** Told once when the first attempt fails, and once when a later one succeeds. */
  readonly say?: (text: string) => void;
  /** Told of every error after which the call is made again. */
  readonly onError?: (error: unknown) => void;
}

export const passesByItself = (error: unknown): boolean => faultOf(error) === 'passing';

/**
 * Makes a call until it is answered: the client itself makes one attempt, so that every error is seen here.
 * @throws the last error when it is not one that may pass, or the limit is over.
 */
export async function patiently<T>(call: (stop?: AbortSignal) => Promise<T>, patience: Patience): Promise<T> {
  const { timing, limitMs, stop, mayPass = passesByItself, say = () => {}, onError = () => {} } = patience;
  let failingSince: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    stop?.throwIfAborted();
    try {
      const answer = await call(stop);
      if (failingSince !== undefined) say('AWS answers again');
      return answer;
    } catch (error) {
      stop?.throwIfAborted();
      if (!mayPass(error)) throw error;
      if (failingSince === undefined) say(`AWS does not answer for the moment (${problemOf(error)}); trying again`);
      failingSince ??= timing.now();
      onError(error);
      if (timing.now() - failingSince + pauseMs > limitMs) throw error;
      await timing.pause(pauseMs, stop);
    }
  }
}
