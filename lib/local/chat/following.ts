import { tellThread } from '../../../lambdas/chatops/thread.ts';
import type { ChangeSummary } from '../../../lambdas/contracts/record.ts';
import type { ThreadPorts } from '../../../lambdas/runtime/chat-ports.ts';
import { Telling } from './telling.ts';

/** As many changes as are looked at: a change that waits for weeks is among them, whatever began after it. */
const LATEST = 1_000;

/** Tells threads what becomes of changes, whoever runs them on this machine, by looking at their records again and again. */
export class Following {
  readonly #ports: ThreadPorts;
  readonly #telling: Telling;
  /** Changes of which everything is told. */
  readonly #told = new Set<string>();

  constructor(ports: ThreadPorts, log: (says: string) => void) {
    this.#ports = ports;
    this.#telling = new Telling(log);
  }

  /** Changes that ended before anybody followed them are not told now, unless their thread waits for it. */
  async begin(): Promise<void> {
    const { store, threads } = this.#ports;
    for (const { changeId, endedAt } of await store.list(LATEST))
      if (endedAt !== undefined && !(await threads.threadOf(changeId))) this.#told.add(changeId);
  }

  /** Tells what there is to tell; of the changes of a rollout, the rollout tells. What fails is tried again by the next look. */
  async look(): Promise<void> {
    const { store } = this.#ports;
    const isOwn = ({ changeId, request }: ChangeSummary) => !this.#told.has(changeId) && !request.rollout;
    const changes = (await store.list(LATEST)).filter(isOwn);
    // A lock that is kept will be cleared by somebody, which is told as well.
    const locked = new Set(changes.length === 0 ? [] : (await store.locks()).map(({ changeId }) => changeId));
    for (const { changeId, endedAt } of changes) {
      const isTold = await this.#telling.tell(changeId, () => tellThread(changeId, this.#ports));
      if (isTold && endedAt !== undefined && !locked.has(changeId)) this.#told.add(changeId);
    }
  }
}
