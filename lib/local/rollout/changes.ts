import type { ChangeRequestInput } from '../../../lambdas/contracts/request.ts';
import type { Ports } from '../../../lambdas/runtime/ports.ts';
import { runLocally } from '../engine.ts';
import type { LocalExecution } from '../execution.ts';

/** How often to look whether somebody asked for a change to stop. */
const CANCEL_LOOK_MS = 500;

export interface NestedChanges extends Pick<LocalExecution, 'overrides' | 'intercept'> {
  readonly ports: Ports;
}

/** The changes of a rollout, side by side in this process: what Step Functions does with nested executions. */
export class RolloutChanges {
  readonly #running = new Map<string, AbortController>();
  readonly #ports: Ports;
  readonly #execution: Pick<NestedChanges, 'overrides' | 'intercept'>;

  constructor({ ports, ...execution }: NestedChanges) {
    this.#execution = execution;
    this.#ports = { ...ports, isCancelled: (changeId) => this.#running.get(changeId)?.signal.aborted ?? ports.isCancelled(changeId) };
  }

  /** As the steps of this process see the outside world. */
  get ports(): Ports {
    return this.#ports;
  }

  /** Runs a change to its end, unless it is on record already. Its record says how it ended. */
  async run(changeId: string, request: ChangeRequestInput): Promise<void> {
    if (await this.#ports.store.summary(changeId)) return;
    const stop = new AbortController();
    this.#running.set(changeId, stop);
    const timer = setInterval(async () => {
      if (await this.#ports.store.isCancelRequested(changeId).catch(() => false)) stop.abort();
    }, CANCEL_LOOK_MS);
    try {
      await runLocally({ changeId, request, ports: this.#ports, stop: stop.signal, ...this.#execution });
    } finally {
      clearInterval(timer);
      this.#running.delete(changeId);
    }
  }
}
