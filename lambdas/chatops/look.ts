import type { ChatCommand, CommandTask } from '../contracts/chat-task.ts';
import { isStepErrorName } from '../contracts/errors.ts';
import type { ChatMessage } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { escaped } from './escape.ts';
import { openThread } from './open-thread.ts';
import { renderAsked } from './render/asked.ts';
import { renderInspection } from './render/inspection.ts';
import { renderOne, renderStatus } from './render/status.ts';

type InspectCommand = Extract<ChatCommand, { verb: 'inspect' }>;

/** That a cluster cannot be read, or has no such database, is an answer like any other. */
async function inspected({ cluster, database }: InspectCommand, { inspector }: ChatPorts): Promise<ReturnType<typeof renderInspection>> {
  try {
    return renderInspection(await inspector.inspect({ cluster, ...(database !== undefined && { database }) }));
  } catch (error) {
    if (!(error instanceof Error && isStepErrorName(error.name))) throw error;
    const message: ChatMessage = { text: `${error.name}: ${escaped(error.message)}`, blocks: [] };
    return { message };
  }
}

/** Reads a cluster, or one database of it, and shows it in a thread. */
export async function inspect(task: CommandTask, command: InspectCommand, ports: ChatPorts): Promise<void> {
  const { chat, clusters } = ports;
  const { cluster } = command;
  if (!clusters.includes(cluster))
    return chat.answer(
      task.responseUrl,
      `No cluster ${escaped(cluster)} is configured; there is ${clusters.map(escaped).join(', ') || 'none'}.`,
    );
  const { root } = await openThread(`look-${task.id}`, task.channel, renderAsked(task), ports);
  const { message, file } = await inspected(command, ports);
  const to = { channel: root.channel, thread: root.ts };
  await chat.post(to, message);
  if (file) await chat.share(to, file);
}

const LATEST = 100;

/** Tells somebody how one change stands, or all of them. */
export async function status(task: CommandTask, changeId: string | undefined, { store, chat, links }: ChatPorts): Promise<void> {
  const locks = await store.locks();
  if (changeId === undefined) return chat.answer(task.responseUrl, renderStatus(await store.list(LATEST), locks));
  const record = await store.get(changeId);
  if (!record) return chat.answer(task.responseUrl, `No change ${escaped(changeId)} is on record.`);
  const gate = await store.gate(changeId);
  const lock = locks.find((held) => held.changeId === changeId);
  return chat.answer(task.responseUrl, renderOne(record, gate, lock, links));
}
