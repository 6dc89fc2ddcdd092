import { ChatError, type ChatMessage, type SharedText } from '../ports/chat.ts';
import type { Thread } from '../ports/threads.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { digestOf, openThread } from './open-thread.ts';
import { type Part, renderThread, type ThreadSource } from './render/thread.ts';

/** All that a thread is told from; undefined when there is no such change. */
async function sourceOf(changeId: string, { store, links }: ThreadPorts): Promise<ThreadSource | undefined> {
  const record = await store.get(changeId);
  if (!record) return undefined;
  const [gate, locks] = await Promise.all([store.gate(changeId), store.locks()]);
  return { record, ...(gate && { gate }), locked: locks.some((lock) => lock.changeId === changeId), links };
}

/** Nobody asked in chat for a change without a thread, so one is opened in the common channel, if there is one. */
async function openInCommon({ record }: ThreadSource, [root]: readonly Part[], ports: ThreadPorts): Promise<Thread | undefined> {
  const { changeId, request } = record;
  if (!ports.channel || request.planOnly || !root) return undefined;
  return openThread(changeId, ports.channel, root.message, ports);
}

/** A message that Slack does not take as it is laid out is still told in words. */
const inWords = ({ text }: ChatMessage): ChatMessage => ({ text, blocks: [] });

async function withoutLayoutIfNeeded<T>(send: (message: ChatMessage) => Promise<T>, message: ChatMessage): Promise<T> {
  try {
    return await send(message);
  } catch (error) {
    if (!(error instanceof ChatError) || error.failure !== 'never') throw error;
    return send(inWords(message));
  }
}

/** Edits a message that was posted. @returns false when somebody has deleted it. */
async function edit({ chat }: ThreadPorts, place: { channel: string; ts: string }, message: ChatMessage): Promise<boolean> {
  try {
    await withoutLayoutIfNeeded((said) => chat.edit(place, said), message);
    return true;
  } catch (error) {
    if (error instanceof ChatError && error.failure === 'gone') return false;
    throw error;
  }
}

/** Posts or edits one message. @returns its number. */
async function say({ part, message, alsoInChannel = false }: Part, { root, told }: Thread, ports: ThreadPorts): Promise<string> {
  const { channel, ts: thread } = root;
  const ts = part === 'root' ? thread : told[part]?.ts;
  const stands = ts !== undefined && (await edit(ports, { channel, ts }, message));
  // The first message of a thread that somebody deleted cannot be posted anew: its answers go on below where it was.
  if (ts !== undefined && (stands || part === 'root')) return ts;
  return withoutLayoutIfNeeded((said) => ports.chat.post({ channel, thread, alsoInChannel }, said), message);
}

async function save(changeId: string, thread: Thread, ports: ThreadPorts): Promise<Thread> {
  const saved = { ...thread, revision: thread.revision + 1 };
  if (await ports.threads.saveThread(changeId, saved)) return saved;
  // Nothing is lost: whoever tells it now, or the next look, goes on from what is stored.
  throw new ChatError('later', `the thread of ${changeId} was told by somebody else at the same moment`);
}

async function tellMessage(changeId: string, part: Part, thread: Thread, ports: ThreadPorts): Promise<Thread> {
  const digest = digestOf(part.message);
  if (thread.told[part.part]?.digest === digest) return thread;
  const ts = await say(part, thread, ports);
  return save(changeId, { ...thread, told: { ...thread.told, [part.part]: { ts, digest } } }, ports);
}

/** A file that cannot be shared is no reason to tell everything again and again: whatever is told next tries it anew. */
async function shareIn({ root }: Thread, file: SharedText, { chat }: ThreadPorts): Promise<void> {
  try {
    await chat.share({ channel: root.channel, thread: root.ts }, file);
  } catch (error) {
    throw error instanceof ChatError ? new ChatError('never', error.message, { cause: error }) : error;
  }
}

async function shareFile(changeId: string, { file }: Part, thread: Thread, ports: ThreadPorts): Promise<Thread> {
  if (!file || thread.shared.includes(digestOf(file))) return thread;
  await shareIn(thread, file, ports);
  return save(changeId, { ...thread, shared: [...thread.shared, digestOf(file)] }, ports);
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
  let thread = standing ?? (await openInCommon(source, parts, ports));
  if (!thread) return;
  for (const part of parts) thread = await tellMessage(changeId, part, thread, ports);
  // Last of all: a file that cannot be shared keeps no message back.
  for (const part of parts) thread = await shareFile(changeId, part, thread, ports);
}
