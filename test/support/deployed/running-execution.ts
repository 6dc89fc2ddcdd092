/** One execution under way: how it is stopped, and by which tokens it is woken. */
import { randomBytes } from 'node:crypto';

/** How a Task or an execution ended that did not end well. */
export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** How an execution ended. A failure is that of its Fail state, or of whoever stopped it. */
export interface End extends Partial<Failure> {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  readonly output?: unknown;
}

/** A failed Task, as the definition catches it. */
export class TaskFailure extends Error {
  constructor({ error, cause }: Failure) {
    super(cause);
    this.name = error;
  }
}

/** One Task that sleeps until somebody sends its token, once. */
class Sleeper {
  readonly #answer = Promise.withResolvers<unknown>();
  readonly answered: Promise<unknown> = this.#answer.promise;
  isOver = false;

  constructor() {
    // Whoever was to hear the answer may have ended before it came.
    this.answered.catch(() => {});
  }

  wake(output: unknown): void {
    this.isOver = true;
    this.#answer.resolve(output);
  }

  fail(failure: Failure): void {
    this.isOver = true;
    this.#answer.reject(new TaskFailure(failure));
  }
}

export class RunningExecution {
  /** JSON. */
  readonly input: string;
  readonly startedAt: Date = new Date();
  readonly #stop = new AbortController();
  readonly #asleep = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<End>();
  #ended: (End & { readonly at: Date }) | undefined;
  readonly #sleepers = new Map<string, Sleeper>();
  readonly stopped: AbortSignal = this.#stop.signal;
  /** What it was stopped with. */
  reason: Failure | undefined;
  /** Comes true once the function of a Task that waits for its token has run. */
  readonly asleep: Promise<void> = this.#asleep.promise;
  readonly ended: Promise<End> = this.#end.promise;

  constructor(input: unknown) {
    this.input = JSON.stringify(input);
  }

  get status(): 'RUNNING' | End['status'] {
    return this.#ended?.status ?? 'RUNNING';
  }

  /** What is known once it has ended. */
  get end(): (End & { readonly at: Date }) | undefined {
    return this.#ended;
  }

  finish(end: End): void {
    this.#ended = { ...end, at: new Date() };
    this.#end.resolve(end);
  }

  /** What runs goes on unheard; whoever sleeps is never woken. One that has ended is left alone. */
  stop(reason: Failure = { error: '', cause: '' }): void {
    if (this.stopped.aborted || this.#ended) return;
    this.reason = reason;
    this.#stop.abort();
    for (const sleeper of this.#sleepers.values()) if (!sleeper.isOver) sleeper.fail(reason);
  }

  throwIfStopped(): void {
    if (this.stopped.aborted) throw new TaskFailure({ error: 'Stopped', cause: 'nobody hears of this any more' });
  }

  /** A Task begins that waits for a token. */
  issueToken(): { readonly token: string; readonly answered: Promise<unknown>; readonly sleep: () => Promise<unknown> } {
    const sleeper = new Sleeper();
    const token = `AQC${randomBytes(300).toString('base64')}`;
    this.#sleepers.set(token, sleeper);
    const sleep = () => {
      this.#asleep.resolve();
      return sleeper.answered;
    };
    return { token, answered: sleeper.answered, sleep };
  }

  /** Every token that it gave out. */
  get tokens(): string[] {
    return [...this.#sleepers.keys()];
  }

  /** The Task that sleeps takes too long. */
  timeOut(): void {
    for (const sleeper of this.#sleepers.values()) if (!sleeper.isOver) sleeper.fail({ error: 'States.Timeout', cause: '' });
  }

  sleeperOf(token: string): Sleeper | undefined {
    return this.#sleepers.get(token);
  }
}
