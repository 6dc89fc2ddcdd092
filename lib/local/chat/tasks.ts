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

  constructor(ports: () => ChatPorts, clock: Pick<Clock, 'sleep'>, log: (says: string) => void) {
    this.#ports = ports;
    this.#clock = clock;
    this.#log = log;
  }

  /** Returns at once; the task goes on by itself. */
  handOver = async (task: ChatTask): Promise<void> => {
    this.#repeat(task, randomUUID()).catch((error: unknown) => this.#log(`a ${task.kind} was given up: ${nameOf(error)}`));
  };

  async #repeat(task: ChatTask, by: string): Promise<void> {
    for (const pause of PAUSES) {
      try {
        return await work(task, by, this.#ports());
      } catch (error) {
        this.#log(`a ${task.kind} is tried again in ${pause} s: ${nameOf(error)}`);
        await this.#clock.sleep(pause);
      }
    }
    await work(task, by, this.#ports());
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
