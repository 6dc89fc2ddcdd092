import type { MessagePlace } from './chat.ts';

export const THREAD_PARTS = ['root', 'plan', 'approval', 'progress', 'verdict'] as const;
/** A message of a change's thread; each is posted once and edited afterwards. */
export type ThreadPart = (typeof THREAD_PARTS)[number];

/** A message of a rollout's thread: beside those of every thread, the question before a wave, and a wave, by the number of the wave. */
export type RolloutPart = 'root' | 'plan' | 'verdict' | `approval-${number}` | `wave-${number}`;

/** What was told of a change or a rollout in chat so far. */
export interface Thread {
  /** One more each time that it is saved. */
  readonly revision: number;
  /** The message that begins the thread. */
  readonly root: MessagePlace;
  /** Every message by its part, and what it said last, as a digest. */
  readonly told: Readonly<Partial<Record<ThreadPart | RolloutPart, { readonly ts: string; readonly digest: string }>>>;
  /** Digests of the texts that were shared as files. */
  readonly shared: readonly string[];
}

/** What is remembered between two messages to a chat. */
export interface Threads {
  /** @param name - id of a change or of a rollout, or whatever else a thread is about. */
  threadOf(name: string): Promise<Thread | undefined>;
  /**
   * Saves a thread, if the stored one has the revision before this one's; the first is revision 1.
   * @returns false when somebody else saved it in the meantime.
   */
  saveThread(name: string, thread: Thread): Promise<boolean>;
  /**
   * Claims a task: the first who asks gets it, and the same one again if it asks again.
   * @param by - who asks: one delivery of the task, however often it is repeated.
   */
  claimTask(id: string, by: string): Promise<boolean>;
}
