import type { Thread } from '../ports/threads.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { openThread } from './open-thread.ts';
import { type Part, renderThread, type ThreadSource } from './render/thread.ts';
import { tellParts } from './tell-parts.ts';

/** All that a thread is told from; undefined when there is no such change. */
async function sourceOf(changeId: string, { store, links }: ThreadPorts): Promise<ThreadSource | undefined> {
  const record = await store.get(changeId);
  if (!record) return undefined;
  const [gate, locks] = await Promise.all([store.gate(changeId), store.locks()]);
  return { record, ...(gate && { gate }), locked: locks.some((lock) => lock.changeId === changeId), links };
}

/**
 * Nobody asked in chat for a change without a thread, so one is opened in the common channel, if there is one. What becomes of a change of a
 * rollout is told in the thread of the rollout.
 */
async function openInCommon({ record }: ThreadSource, [root]: readonly Part[], ports: ThreadPorts): Promise<Thread | undefined> {
  const { changeId, request } = record;
  if (!ports.channel || request.planOnly || request.rollout || !root) return undefined;
  return openThread(changeId, ports.channel, root.message, ports);
}

/**
 * Brings the thread of a change up to what is on record: posts what is missing and edits what says something else by now. It may be called
 * at any time and as often as one likes; what could not be told is told by the next call.
 * @throws ChatError when the chat does not take it.
 */
export async function tellThread(changeId: string, ports: ThreadPorts): Promise<void> {
  const standing = await ports.threads.threadOf(changeId);
  if (!standing && !ports.channel) return;
  const source = await sourceOf(changeId, ports);
  if (!source) return;
  const parts = renderThread(source);
  const thread = standing ?? (await openInCommon(source, parts, ports));
  if (thread) await tellParts(changeId, parts, thread, ports);
}
