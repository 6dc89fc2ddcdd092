import type { Clock } from '../../lambdas/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** What goes on between two steps is over after this: the timers of a workflow that does not really wait take about one. */
const QUIET_MS = 2;

interface Worker {
  readonly isDead: boolean;
}

/**
 * Virtual time that many workflows share. It passes when no step of any of them is at work: then it is the moment at which the first
 * sleeper wakes, so that ten lanes that sleep for a minute take one minute and not ten. What was arranged for a moment happens at that
 * moment.
 */
export class RolloutClock implements Clock {
  #now = Date.parse('2026-12-01T02:00:00Z');
  #sleepers: Sleeper[] = [];
  #arranged: Sleeper[] = [];
  readonly #atWork = new Set<{ readonly worker: Worker }>();
  #quiet: NodeJS.Timeout | undefined;

  now = (): Date => new Date(this.#now);

  sleep = (seconds: number): Promise<void> => this.sleepUntil(new Date(this.#now + seconds * 1000));

  async sleepUntil(moment: Date): Promise<void> {
    const at = moment.getTime();
    if (at <= this.#now) return;
    await new Promise<void>((wake) => {
      this.#sleepers.push({ at, wake });
      this.#waitForQuiet();
    });
  }

  /** Time does not pass during this work, except while it sleeps, or once whoever does it is dead. */
  async during<T>(worker: Worker, work: () => Promise<T>): Promise<T> {
    const token = { worker };
    this.#atWork.add(token);
    try {
      return await work();
    } finally {
      this.#atWork.delete(token);
    }
  }

  /** Time passes without anybody having slept. */
  advance(seconds: number): void {
    this.#passTo(this.#now + seconds * 1000);
  }

  /** Something happens so many seconds from now. */
  arrange(seconds: number, happens: () => void): void {
    this.#arranged.push({ at: this.#now + seconds * 1000, wake: happens });
  }

  #waitForQuiet(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#wakeFirst(), QUIET_MS);
  }

  #wakeFirst(): void {
    if (this.#sleepers.length === 0) return;
    if ([...this.#atWork].filter(({ worker }) => !worker.isDead).length > this.#sleepers.length) {
      this.#waitForQuiet();
      return;
    }
    const first = Math.min(...this.#sleepers.map(({ at }) => at));
    this.#passTo(first);
    const woken = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of woken) wake();
    if (this.#sleepers.length > 0) this.#waitForQuiet();
  }

  #passTo(moment: number): void {
    for (;;) {
      const next = this.#arranged.filter(({ at }) => at <= moment).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#arranged = this.#arranged.filter((arranged) => arranged !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = Math.max(this.#now, moment);
  }
}
