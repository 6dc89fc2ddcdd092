import { tellRolloutThread } from '../../../lambdas/chatops/rollout-thread.ts';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { ThreadPorts } from '../../../lambdas/runtime/chat-ports.ts';
import { Telling } from './telling.ts';

/** As many rollouts as are looked at. */
const LATEST = 100;
/**
 * A look at a rollout takes longer the more targets it has. While its record stays the same it is looked at again after so many times as
 * long, so that its changes come to their turn, and at the latest after so many milliseconds.
 */
const RESTS = 4;
const LONGEST_REST = 10_000;

interface Looked {
  readonly revision: number;
  /** When to look again, in milliseconds of this process. */
  readonly dueAt: number;
}

/** Tells threads what becomes of rollouts, whoever runs them on this machine, by looking at their records again and again. */
export class FollowingRollouts {
  readonly #ports: ThreadPorts;
  readonly #telling: Telling;
  /** Revisions of ended rollouts of which everything is told: one that is undone later is told again. */
  readonly #told = new Map<string, number>();
  readonly #looked = new Map<string, Looked>();

  constructor(ports: ThreadPorts, log: (says: string) => void) {
    this.#ports = ports;
    this.#telling = new Telling(log);
  }

  /** Rollouts that ended before anybody followed them are not told now, unless their thread waits for it. */
  async begin(): Promise<void> {
    const { rollouts, threads } = this.#ports;
    for (const { request, status, revision } of await rollouts.list(LATEST))
      if (status === 'ended' && !(await threads.threadOf(request.rolloutId))) this.#told.set(request.rolloutId, revision);
  }

  /** Tells what there is to tell. What fails is tried again by the next look. @param now - also of those that were just looked at. */
  async look({ now = false } = {}): Promise<void> {
    for (const record of await this.#ports.rollouts.list(LATEST))
      if (this.#told.get(record.request.rolloutId) !== record.revision && (now || this.#isDue(record))) await this.#tell(record);
  }

  #isDue({ request, revision }: RolloutRecord): boolean {
    const looked = this.#looked.get(request.rolloutId);
    return looked?.revision !== revision || performance.now() >= looked.dueAt;
  }

  async #tell({ request: { rolloutId }, status, revision }: RolloutRecord): Promise<void> {
    const began = performance.now();
    const isTold = await this.#telling.tell(rolloutId, () => tellRolloutThread(rolloutId, this.#ports));
    const ended = performance.now();
    this.#looked.set(rolloutId, { revision, dueAt: ended + Math.min(LONGEST_REST, RESTS * (ended - began)) });
    if (isTold && status === 'ended') this.#told.set(rolloutId, revision);
  }
}
