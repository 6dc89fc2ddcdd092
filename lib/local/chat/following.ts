import { tellThread } from '../../../lambdas/chatops/thread.ts';
import type { ThreadPorts } from '../../../lambdas/runtime/chat-ports.ts';

/** As many changes as are looked at: a change that waits for weeks is among them, whatever began after it. */
const LATEST = 1_000;

/** Tells threads what becomes of changes, whoever runs them on this machine, by looking at their records again and again. */
export class Following {
  readonly #ports: ThreadPorts;
  readonly #log: (says: string) => void;
  /** Changes of which everything is told. */
  readonly #told = new Set<string>();
  readonly #troubles = new Map<string, string>();

  constructor(ports: ThreadPorts, log: (says: string) => void) {
    this.#ports = ports;
    this.#log = log;
  }

  /** Changes that ended before anybody followed them are not told now, unless their thread waits for it. */
  async begin(): Promise<void> {
    const { store, threads } = this.#ports;
    for (const { changeId, endedAt } of await store.list(LATEST))
      if (endedAt !== undefined && !(await threads.threadOf(changeId))) this.#told.add(changeId);
  }

  /** Tells what there is to tell. What fails is tried again by the next look. */
  async look(): Promise<void> {
    const { store } = this.#ports;
    const changes = (await store.list(LATEST)).filter(({ changeId }) => !this.#told.has(changeId));
    // A lock that is kept will be cleared by somebody, which is told as well.
    const locked = new Set(changes.length === 0 ? [] : (await store.locks()).map(({ changeId }) => changeId));
    for (const { changeId, endedAt } of changes) {
      const isTold = await this.#tell(changeId);
      if (isTold && endedAt !== undefined && !locked.has(changeId)) this.#told.add(changeId);
    }
  }

  async #tell(changeId: string): Promise<boolean> {
    try {
      await tellThread(changeId, this.#ports);
      this.#troubles.delete(changeId);
      return true;
    } catch (error) {
      // Whatever it is: changes run beside this, and other threads are told.
      const trouble = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      // Said once, and not with every look.
      if (this.#troubles.get(changeId) !== trouble) this.#log(`the thread of ${changeId} cannot be told: ${trouble}`);
      this.#troubles.set(changeId, trouble);
      return false;
    }
  }
}
