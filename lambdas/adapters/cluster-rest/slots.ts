/** Lets at most so many tasks run at a time; the others wait in the order they came. */
export class Slots {
  #most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** From now on, one at a time. */
  narrow(): void {
    this.#most = 1;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
