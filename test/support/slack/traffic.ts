/** What stands between a call and its answer: rate limits, outages, and whatever a test wants to go wrong. */

/**
 * What the next call comes to instead of its answer. `hang-up`: the connection breaks before anything is done. `answer-lost`: it is done,
 * and the connection breaks. `silence`: it is done, and nobody ever says so.
 */
export type NextAnswer =
  | { readonly status?: number; readonly error?: string; readonly body?: unknown; readonly retryAfterSeconds?: number }
  | 'hang-up'
  | 'answer-lost'
  | 'silence';

export interface Limit {
  readonly perMinute: number;
  /** What the limit tells callers. @default until the oldest call is a minute old */
  readonly retryAfterSeconds?: number;
}

export type Outage = 'unavailable' | 'unreachable';

export class Traffic {
  readonly #now: () => Date;
  readonly #limits = new Map<string, Limit>();
  readonly #let = new Map<string, number[]>();
  readonly #next = new Map<string, NextAnswer[]>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  limit(method: string, limit: Limit | undefined): void {
    if (limit) this.#limits.set(method, limit);
    else this.#limits.delete(method);
  }

  /** Lets the next calls of a method go wrong, one after the other. */
  next(method: string, answers: readonly NextAnswer[]): void {
    this.#next.set(method, [...(this.#next.get(method) ?? []), ...answers]);
  }

  takeNext(method: string): NextAnswer | undefined {
    return this.#next.get(method)?.shift();
  }

  /** Counts a call. @returns for how many seconds calls are refused, or undefined when it may pass. */
  refusedFor(method: string): number | undefined {
    const limit = this.#limits.get(method);
    if (!limit) return undefined;
    const now = this.#now().getTime();
    const recent = (this.#let.get(method) ?? []).filter((at) => now - at < 60_000);
    this.#let.set(method, recent);
    if (recent.length < limit.perMinute) {
      recent.push(now);
      return undefined;
    }
    return limit.retryAfterSeconds ?? Math.ceil(((recent[0] ?? now) + 60_000 - now) / 1000);
  }
}
