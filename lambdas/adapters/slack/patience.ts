import { ChatError } from '../../ports/chat.ts';
import { faultOf } from './faults.ts';

/** How long and how often a call is tried. */
export interface Patience {
  /** For one attempt, in seconds. @default 10 */
  readonly timeoutSeconds: number;
  /** Before each further attempt, in seconds. @default two, after half a second and after two */
  readonly pausesSeconds: readonly number[];
  /** Longest that a call waits altogether because Slack limits the rate, in seconds: a function that sleeps costs what it costs. @default 30 */
  readonly longestWaitSeconds: number;
  readonly sleep: (seconds: number) => Promise<void>;
}

export const USUAL_PATIENCE: Patience = {
  timeoutSeconds: 10,
  pausesSeconds: [0.5, 2],
  longestWaitSeconds: 30,
  sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
};

export interface Attempts {
  /** Doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean;
  readonly patience: Patience;
}

/**
 * Makes a call until it succeeds or nothing is left to try.
 *
 * A message whose answer got lost may have been posted, and Slack has no key by which it would know the same message again. So a call that
 * is not repeatable is made again only when the attempt provably did nothing: no connection, 429, 503. After a lost answer whoever wants
 * it posted asks again, and then it may be there twice; without this rule every one of our attempts might post one.
 * @param what - the call, for the message of the error.
 * @throws ChatError
 */
export async function tryCalling<T>(what: string, call: () => Promise<T>, { isRepeatable, patience }: Attempts): Promise<T> {
  const pauses = [...patience.pausesSeconds];
  let waitLeft = patience.longestWaitSeconds;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ChatError) throw error;
      const { failure, says, mayPass, mayHaveActed, waitSeconds } = faultOf(error, patience.timeoutSeconds);
      const pause = waitSeconds ?? (mayPass && (isRepeatable || !mayHaveActed) ? pauses.shift() : undefined);
      if (waitSeconds !== undefined) waitLeft -= waitSeconds;
      // No cause: the errors of `fetch` show a header that they do not like, and the address that a ticket to write is part of.
      if (pause === undefined || waitLeft < 0) throw new ChatError(failure, `${what}: ${says}`);
      await patience.sleep(pause);
    }
  }
}
