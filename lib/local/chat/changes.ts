import { StepError } from '../../../lambdas/contracts/errors.ts';
import type { ChangeRequestInput } from '../../../lambdas/contracts/request.ts';
import type { ChangeStarter } from '../../../lambdas/ports/change-starter.ts';
import type { Ports } from '../../../lambdas/runtime/ports.ts';
import { runLocally } from '../engine.ts';

/** How often to look whether somebody asked for a change to stop. */
const CANCEL_LOOK_MS = 500;

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Runs changes side by side in this process. */
export class LocalChanges implements ChangeStarter {
  readonly #running = new Map<string, Running>();
  readonly #ports: Ports;
  #isStopping = false;
  readonly #log: (says: string) => void;

  constructor(ports: Omit<Ports, 'isCancelled'>, log: (says: string) => void) {
    this.#ports = { ...ports, isCancelled: this.isCancelled };
    this.#log = log;
  }

  /** Whether this process asked a change to stop. */
  isCancelled = (changeId: string): boolean => this.#running.get(changeId)?.stop.signal.aborted ?? false;

  /** @throws StepError `ChangeCancelledError` when changes are no longer begun here. */
  async start(changeId: string, request: ChangeRequestInput): Promise<void> {
    if (this.#isStopping) throw new StepError('ChangeCancelledError', 'syncshift is being stopped on this machine');
    // One that is on record was begun before.
    if (this.#running.has(changeId) || (await this.#ports.store.get(changeId))) return;
    const stop = new AbortController();
    const ended = this.#run(changeId, request, stop).finally(() => this.#running.delete(changeId));
    this.#running.set(changeId, { stop, ended });
  }

  /** Asks every change to stop, waits until what they wrote is rolled back, and begins no other. */
  async stopAll(): Promise<void> {
    this.#isStopping = true;
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  async #run(changeId: string, request: ChangeRequestInput, stop: AbortController): Promise<void> {
    const timer = setInterval(async () => {
      if (await this.#ports.store.isCancelRequested(changeId).catch(() => false)) stop.abort();
    }, CANCEL_LOOK_MS);
    try {
      const report = await runLocally({ changeId, request, ports: this.#ports, stop: stop.signal });
      this.#log(`change ${changeId}: ${report?.outcome ?? 'its record could not be written'}`);
    } catch (error) {
      this.#log(`change ${changeId}: a fault of syncshift, please report it: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      clearInterval(timer);
    }
  }
}
