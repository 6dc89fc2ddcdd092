import { randomUUID } from 'node:crypto';
import { work } from '../../../lambdas/chatops/work.ts';
import type { ChatTask } from '../../../lambdas/contracts/chat-task.ts';
import type { Clock } from '../../../lambdas/ports/clock.ts';
import type { ChatPorts } from '../../../lambdas/runtime/chat-ports.ts';

/** Pauses before a task is tried again, in seconds: about as patient as the deployed worker. */
const PAUSES = [2, 10, 60, 120];

/** Takes tasks up in this process, each by itself. */
export class LocalTasks {
  readonly #ports: () => ChatPorts;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #log: (says: string) => void;
  readonly #working = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(ports: () => ChatPorts, clock: Pick<Clock, 'sleep'>, log: (says: string) => void) {
    this.#ports = ports;
    this.#clock = clock;
    this.#log = log;
  }

  /** Returns at once; the task goes on by itself. @throws Error once nothing more is taken. */
  handOver = async (task: ChatTask): Promise<void> => {
    if (this.#closed.signal.aborted) throw new Error('syncshift is being stopped');
    const working = this.#repeat(task, randomUUID())
      .catch((error: unknown) => this.#log(`a ${task.kind} was given up: ${nameOf(error)}`))
      .finally(() => this.#working.delete(working));
    this.#working.add(working);
  };

  /** Takes no more tasks, and waits for those under way; they are not tried again. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#working);
  }

  async #repeat(task: ChatTask, by: string): Promise<void> {
    const { signal } = this.#closed;
    const closed = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (const pause of PAUSES) {
      try {
        return await work(task, by, this.#ports());
      } catch (error) {
        if (signal.aborted) throw error;
        this.#log(`a ${task.kind} is tried again in ${pause} s: ${nameOf(error)}`);
        await Promise.race([this.#clock.sleep(pause), closed]);
        if (signal.aborted) throw error;
      }
    }
    await work(task, by, this.#ports());
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
