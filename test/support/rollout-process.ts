import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import type { Holder } from '../../lambdas/contracts/record.ts';

/** The process that ran a rollout is gone. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

const NEVER = new Promise<never>(() => {});
/** By then, everything of a dead process that was still on its way has come to something that it waits for. */
const LAST_MOVES_MS = 30;

/**
 * A process that can be killed without the test dying with it. All that it has of the outside world goes through `call`: once it is dead,
 * nothing of that begins any more, and nothing that was begun is ever answered. A real process, which dies with it, stands for it, so
 * that others on this machine can see whether it lives.
 */
export class RolloutProcess {
  readonly holder: Holder;
  /** Rejects with `Crashed` when it is dead. */
  readonly death: Promise<never>;
  readonly #standIn: ChildProcess;
  readonly #die: (reason: Crashed) => void;
  #isDead = false;

  constructor() {
    // It ends by itself when its input does, that is with this process at the latest.
    this.#standIn = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const { pid } = this.#standIn;
    this.holder = { description: `process ${pid} of the lab`, host: hostname(), ...(pid !== undefined && { pid }) };
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.death = promise;
    this.#die = reject;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#standIn.once('exit', () => setTimeout(() => this.#die(new Crashed('the process was killed')), LAST_MOVES_MS));
    this.#standIn.kill('SIGKILL');
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isDead) return NEVER;
    try {
      const answer = await work();
      return this.#isDead ? await NEVER : answer;
    } catch (error) {
      if (this.#isDead) return NEVER;
      throw error;
    }
  }

  /** The same port, as this process has it. */
  guard<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...about: unknown[]) => {
          if (this.#isDead) return NEVER;
          const answer: unknown = value.apply(target, about);
          return answer instanceof Promise ? this.call(() => answer) : answer;
        };
      },
    });
  }
}
