import type { ChatCommand, CommandTask } from '../contracts/chat-task.ts';
import { isStepErrorName } from '../contracts/errors.ts';
import type { ChangeSummary, Lock } from '../contracts/record.ts';
import { ChatError, type Destination, type SharedText } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { escaped } from './escape.ts';
import { whyNoCluster } from './known-cluster.ts';
import { openThread } from './open-thread.ts';
import { renderAsked } from './render/asked.ts';
import type { Letter } from './render/blocks.ts';
import { renderInspection } from './render/inspection.ts';
import type { Standing } from './render/outcome.ts';
import { standingOf } from './render/standing.ts';
import { renderOne, renderStatus } from './render/status.ts';
import { said } from './render/text.ts';

type InspectCommand = Extract<ChatCommand, { verb: 'inspect' }>;

/** That a cluster cannot be read, or has no such database, is an answer like any other. */
async function inspected({ cluster, database }: InspectCommand, { inspector }: ChatPorts): Promise<Letter> {
  try {
    return renderInspection(await inspector.inspect({ cluster, ...(database !== undefined && { database }) }));
  } catch (error) {
    if (!(error instanceof Error && isStepErrorName(error.name))) throw error;
    return { message: { text: `Could not be read: ${said(error.message, 2_000)} (${error.name})`, blocks: [] } };
  }
}

/** The table is there without the file, and reading the cluster again would bring no other. */
async function share(to: Destination, file: SharedText, { chat }: ChatPorts): Promise<void> {
  try {
    await chat.share(to, file);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    await chat.post(to, { text: `The whole table could not be shared as a file: ${escaped(error.message)}`, blocks: [] });
  }
}

/** Reads a cluster, or one database of it, and shows it in a thread. */
export async function inspect(task: CommandTask, command: InspectCommand, ports: ChatPorts): Promise<void> {
  const { chat } = ports;
  const unknown = whyNoCluster(command, ports);
  if (unknown !== undefined) return chat.answer(task.responseUrl, `Nothing was read: ${unknown}.`);
  const { root } = await openThread(`look-${task.id}`, task.channel, renderAsked(task), ports);
  const { message, file } = await inspected(command, ports);
  const to = { channel: root.channel, thread: root.ts };
  await chat.post(to, message);
  if (file) await share(to, file, ports);
}

const LATEST = 100;
/** Each is read as a whole; more than that fill no message. */
const MOST_STANDINGS = 20;

/** How those that go on stand: what they wait for is what people want to know. */
async function standings(changes: readonly ChangeSummary[], locks: readonly Lock[], { store }: ChatPorts): Promise<Map<string, Standing>> {
  const goingOn = changes.filter(({ report }) => !report).slice(0, MOST_STANDINGS);
  const found = await Promise.all(
    goingOn.map(async ({ changeId }): Promise<[string, Standing][]> => {
      const [record, gate] = await Promise.all([store.get(changeId), store.gate(changeId)]);
      const isLocked = locks.some((lock) => lock.changeId === changeId);
      return record ? [[changeId, standingOf(record, gate, isLocked)]] : [];
    }),
  );
  return new Map(found.flat());
}

/** Tells somebody how one change stands, or all of them. */
export async function status(task: CommandTask, changeId: string | undefined, ports: ChatPorts): Promise<void> {
  const { store, chat, links } = ports;
  const locks = await store.locks();
  if (changeId === undefined) {
    const changes = await store.list(LATEST);
    return chat.answer(task.responseUrl, renderStatus(changes, locks, await standings(changes, locks, ports)));
  }
  const record = await store.get(changeId);
  if (!record) return chat.answer(task.responseUrl, `No change ${escaped(changeId)} is on record.`);
  const gate = await store.gate(changeId);
  const lock = locks.find((held) => held.changeId === changeId);
  return chat.answer(task.responseUrl, renderOne(record, gate, lock, links));
}
