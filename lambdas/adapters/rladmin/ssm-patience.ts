import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Clock } from '../../ports/clock.ts';
import { type Fault, faultOf, problemOf } from './ssm-faults.ts';

/** What the parts of the SSM transport share. */
export interface Ssm {
  readonly client: Pick<SSMClient, 'send'>;
  readonly clock: Clock;
  /** From 0 to below 1, so that many runs do not ask in step. */
  readonly random: () => number;
}

/** For how long a request is repeated after each kind of answer, in seconds. */
export type Patience = Partial<Record<Fault, number>>;

/** A network that is not there is a finding that people wait for, so it is told soon. */
const UNSENT_SECONDS = 15;
/** Repeats only what provably had no effect. */
export const ONCE: Patience = { throttled: 120, unsent: UNSENT_SECONDS };
/** For requests that have no effect at all. */
export const FREELY: Patience = { ...ONCE, unclear: 30 };
const LONGEST_PAUSE_SECONDS = 20;

/** Milliseconds since the epoch. */
export const nowOf = ({ clock }: Ssm): number => clock.now().getTime();
export const inSeconds = (ssm: Ssm, seconds: number): number => nowOf(ssm) + seconds * 1000;

/** Sleeps about that long, and not beyond the deadline. */
export async function pause(ssm: Ssm, seconds: number, deadline: number): Promise<void> {
  const spread = seconds * (0.8 + 0.4 * ssm.random());
  await ssm.clock.sleep(Math.max(0, Math.min(spread, (deadline - nowOf(ssm)) / 1000)));
}

export type Attempt<T> = { readonly answer: T } | { readonly fault: Fault; readonly problem: string };

/** Makes a request, and repeats it within the patience and before the deadline, in milliseconds since the epoch. */
export async function attempt<T>(ssm: Ssm, deadline: number, patience: Patience, request: () => Promise<T>): Promise<Attempt<T>> {
  const began = nowOf(ssm);
  for (let repeats = 0; ; repeats += 1) {
    try {
      return { answer: await request() };
    } catch (error) {
      const fault = faultOf(error);
      const until = Math.min(deadline, began + (patience[fault] ?? 0) * 1000);
      if (nowOf(ssm) >= until) return { fault, problem: problemOf(error) };
      await pause(ssm, Math.min(2 ** repeats, LONGEST_PAUSE_SECONDS), until);
    }
  }
}
