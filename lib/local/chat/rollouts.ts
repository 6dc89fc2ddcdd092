import { StepError } from '../../../lambdas/contracts/errors.ts';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../../lambdas/contracts/rollout-file.ts';
import type { OpenRolloutInput } from '../../../lambdas/contracts/rollout-steps.ts';
import type { RolloutStarter } from '../../../lambdas/ports/rollout-starter.ts';
import type { RolloutPorts } from '../../../lambdas/rollout/step.ts';
import { isAlive } from '../process.ts';
import { takeUpRollout } from '../rollout/recover.ts';
import { type LocalRollout, runRolloutLocally } from '../rollout/run.ts';

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** How rollouts are run, where that is not as usual. */
export type RolloutSettings = Pick<LocalRollout, 'onWait' | 'overrides' | 'intercept' | 'changes' | 'everyMs'>;

/** Runs rollouts side by side in this process. */
export class LocalRollouts implements RolloutStarter {
  readonly #running = new Map<string, Running>();
  readonly #ports: RolloutPorts;
  readonly #log: (says: string) => void;
  readonly #settings: RolloutSettings;
  #isStopping = false;

  constructor(ports: RolloutPorts, log: (says: string) => void, settings: RolloutSettings = {}) {
    this.#ports = ports;
    this.#log = log;
    this.#settings = settings;
  }

  /** One that another process of this machine runs is running as well. */
  isRunning = async ({ request, status, holder }: RolloutRecord): Promise<boolean> =>
    this.#running.has(request.rolloutId) || (status === 'running' && isAlive(holder) !== false);

  /** @throws StepError `ChangeCancelledError` when rollouts are no longer begun here. */
  start = async (input: OpenRolloutInput): Promise<void> => {
    const { rolloutId, run } = input;
    if (this.#isStopping) throw new StepError('ChangeCancelledError', 'syncshift is being stopped on this machine');
    const record = await this.#ports.rollouts.get(rolloutId);
    // A run that is on record was begun before.
    if (this.#running.has(rolloutId) || (record && record.run >= run)) return;
    const stop = new AbortController();
    const ended = this.#run(input, stop).finally(() => this.#running.delete(rolloutId));
    this.#running.set(rolloutId, { stop, ended });
  };

  /** Asks every rollout to pause, waits until the changes that run have ended, and begins no other. */
  async pauseAll(): Promise<void> {
    this.#isStopping = true;
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  async #run({ rolloutId, run, file, planOnly }: OpenRolloutInput, { signal }: AbortController): Promise<void> {
    const ports = this.#ports;
    try {
      // What a process that died has left of it comes to its end first.
      const next = run === 0 ? 0 : await takeUpRollout(ports, rolloutId);
      const begun = { rolloutId, run: next, planOnly, ...(file !== undefined && { file: file as RolloutFileInput }) };
      const { outcome, status } = await runRolloutLocally({ ...begun, ports, stop: signal, ...this.#settings });
      this.#log(`rollout ${rolloutId}: ${outcome ?? status}`);
    } catch (error) {
      if (error instanceof StepError) return this.#log(`rollout ${rolloutId} cannot go on: ${error.name}: ${error.message}`);
      this.#log(`rollout ${rolloutId}: a fault of syncshift, please report it: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}
