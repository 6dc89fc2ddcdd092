import { createHash } from 'node:crypto';
import type { ChatMessage } from '../ports/chat.ts';
import type { Thread } from '../ports/threads.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';

/** Stands for what was said, so that saying it again is noticed. */
export const digestOf = (said: unknown): string => createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);

/**
 * The thread under a name: the one that is there, or a new one.
 * @param name - id of a change, or whatever else a thread is about.
 * @throws ChatError when the first message cannot be posted.
 */
export async function openThread(
  name: string,
  channel: string,
  first: ChatMessage,
  { chat, threads }: Pick<ThreadPorts, 'chat' | 'threads'>,
): Promise<Thread> {
  const standing = await threads.threadOf(name);
  if (standing) return standing;
  const ts = await chat.post({ channel }, first);
  const opened: Thread = { revision: 1, root: { channel, ts }, told: { root: { ts, digest: digestOf(first) } }, shared: [] };
  if (await threads.saveThread(name, opened)) return opened;
  // Somebody else opened one at the same moment: theirs is gone on with, and ours stays without an answer.
  return (await threads.threadOf(name)) ?? opened;
}
