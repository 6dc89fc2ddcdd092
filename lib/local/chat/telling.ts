/** Tells threads, each whatever becomes of the others. */
export class Telling {
  readonly #log: (says: string) => void;
  readonly #troubles = new Map<string, string>();

  constructor(log: (says: string) => void) {
    this.#log = log;
  }

  /** @param id - of what the thread is about. @returns false when it could not be told: whoever looks next tries again. */
  async tell(id: string, tellThread: () => Promise<void>): Promise<boolean> {
    try {
      await tellThread();
      this.#troubles.delete(id);
      return true;
    } catch (error) {
      // Whatever it is: changes run beside this, and other threads are told.
      const trouble = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      // Said once, and not with every look.
      if (this.#troubles.get(id) !== trouble) this.#log(`the thread of ${id} cannot be told: ${trouble}`);
      this.#troubles.set(id, trouble);
      return false;
    }
  }
}
