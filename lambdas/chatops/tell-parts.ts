import { ChatError, type ChatMessage, type SharedText } from '../ports/chat.ts';
import type { Thread } from '../ports/threads.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { digestOf } from './open-thread.ts';
import type { Part } from './render/thread.ts';

type TellingPorts = Pick<ThreadPorts, 'chat' | 'threads'>;

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
async function edit({ chat }: TellingPorts, place: { channel: string; ts: string }, message: ChatMessage): Promise<boolean> {
  try {
    await withoutLayoutIfNeeded((said) => chat.edit(place, said), message);
    return true;
  } catch (error) {
    if (error instanceof ChatError && error.failure === 'gone') return false;
    throw error;
  }
}

/** Posts or edits one message. @returns its number. */
async function say({ part, message, alsoInChannel = false }: Part, { root, told }: Thread, ports: TellingPorts): Promise<string> {
  const { channel, ts: thread } = root;
  const ts = part === 'root' ? thread : told[part]?.ts;
  const stands = ts !== undefined && (await edit(ports, { channel, ts }, message));
  // The first message of a thread that somebody deleted cannot be posted anew: its answers go on below where it was.
  if (ts !== undefined && (stands || part === 'root')) return ts;
  return withoutLayoutIfNeeded((said) => ports.chat.post({ channel, thread, alsoInChannel }, said), message);
}

async function save(name: string, thread: Thread, ports: TellingPorts): Promise<Thread> {
  const saved = { ...thread, revision: thread.revision + 1 };
  if (await ports.threads.saveThread(name, saved)) return saved;
  // Nothing is lost: whoever tells it now, or the next look, goes on from what is stored.
  throw new ChatError('later', `the thread of ${name} was told by somebody else at the same moment`);
}

async function tellMessage(name: string, part: Part, thread: Thread, ports: TellingPorts): Promise<Thread> {
  const digest = digestOf(part.message);
  if (thread.told[part.part]?.digest === digest) return thread;
  const ts = await say(part, thread, ports);
  return save(name, { ...thread, told: { ...thread.told, [part.part]: { ts, digest } } }, ports);
}

/** A file that cannot be shared is no reason to tell everything again and again: whatever is told next tries it anew. */
async function shareIn({ root }: Thread, file: SharedText, { chat }: TellingPorts): Promise<void> {
  try {
    await chat.share({ channel: root.channel, thread: root.ts }, file);
  } catch (error) {
    throw error instanceof ChatError ? new ChatError('never', error.message, { cause: error }) : error;
  }
}

async function shareFile(name: string, { file, lateFile }: Part, thread: Thread, ports: TellingPorts): Promise<Thread> {
  const wanted = lateFile ?? (file && { key: file, make: async () => file });
  if (!wanted || thread.shared.includes(digestOf(wanted.key))) return thread;
  await shareIn(thread, await wanted.make(), ports);
  return save(name, { ...thread, shared: [...thread.shared, digestOf(wanted.key)] }, ports);
}

/**
 * Posts those parts of a thread that are missing, and edits those that say something else by now; then shares the files that are missing.
 * @param name - what the thread is remembered under.
 * @throws ChatError when the chat does not take it.
 */
export async function tellParts(name: string, parts: readonly Part[], standing: Thread, ports: TellingPorts): Promise<void> {
  let thread = standing;
  for (const part of parts) thread = await tellMessage(name, part, thread, ports);
  // Last of all: a file that cannot be shared keeps no message back.
  for (const part of parts) thread = await shareFile(name, part, thread, ports);
}
