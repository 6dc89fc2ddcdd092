/** What is in the channels of a workspace, as people see it. */

export interface ChannelSpec {
  readonly id: string;
  readonly name?: string;
  /** The app was invited. @default true */
  readonly isMember?: boolean;
  readonly isPrivate?: boolean;
  readonly isArchived?: boolean;
  /** People who are not in it. @default everybody is */
  readonly without?: readonly string[];
}

/** A channel; tests invite, remove and archive by setting its fields. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  isMember: boolean;
  isPrivate: boolean;
  isArchived: boolean;
  readonly without: Set<string>;
}

export type Blocks = readonly Readonly<Record<string, unknown>>[];

export interface Said {
  readonly text: string;
  readonly blocks: Blocks;
}

export interface SharedFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly thread?: string;
  readonly author: string;
  /** Shown in the channel though it is in a thread. */
  readonly isBroadcast: boolean;
  readonly files: readonly SharedFile[];
  /** Everything that it ever said; the last is what it says now. */
  readonly versions: Said[];
  isDeleted: boolean;
}

export interface NewMessage extends Partial<Pick<Message, 'thread' | 'isBroadcast' | 'files'>> {
  readonly author: string;
  readonly said: Said;
}

export const saidIn = ({ versions }: Message): Said => versions.at(-1) ?? { text: '', blocks: [] };

/** Every string below `text`, wherever it is in a block; what a button asks before it is pressed is not there to be read. */
function wordsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const shown = Object.entries(value).filter(([key]) => key !== 'confirm');
  return shown.flatMap(([key, inner]) => (key === 'text' && typeof inner === 'string' ? [inner] : wordsIn(inner)));
}

const unescaped = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** What people read of it: the blocks if there are any, and the text otherwise. */
export const visibleIn = ({ text, blocks }: Said): string => unescaped(blocks.length > 0 ? wordsIn(blocks).join('\n') : text);

/** Blocks that have no id get one. */
const withIds = (blocks: Blocks, ts: string): Blocks => blocks.map((block, at) => ({ block_id: `${ts.slice(-6)}-${at}`, ...block }));

export class Channels {
  readonly #now: () => Date;
  readonly #channels = new Map<string, Channel>();
  readonly #messages: Message[] = [];
  #posted = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  add({ id, name = id.toLowerCase(), isMember = true, isPrivate = false, isArchived = false, without = [] }: ChannelSpec): Channel {
    const channel: Channel = { id, name, isMember, isPrivate, isArchived, without: new Set(without) };
    this.#channels.set(id, channel);
    return channel;
  }

  get(id: unknown): Channel | undefined {
    return typeof id === 'string' ? this.#channels.get(id) : undefined;
  }

  /** A number that no message of the workspace has yet. */
  nextTs(): string {
    this.#posted += 1;
    return `${Math.floor(this.#now().getTime() / 1000)}.${String(this.#posted).padStart(6, '0')}`;
  }

  post(channel: string, { said, author, isBroadcast = false, files = [], thread }: NewMessage): Message {
    const ts = this.nextTs();
    const versions = [{ text: said.text, blocks: withIds(said.blocks, ts) }];
    const message = { channel, ts, author, isBroadcast, files, versions, isDeleted: false, ...(thread !== undefined && { thread }) };
    this.#messages.push(message);
    return message;
  }

  edit(message: Message, said: Said): void {
    message.versions.push({ text: said.text, blocks: withIds(said.blocks, message.ts) });
  }

  /** Everything that was ever posted, deleted messages too. */
  get everything(): readonly Message[] {
    return this.#messages;
  }

  find(ts: unknown, channel?: unknown): Message | undefined {
    return this.#messages.find((message) => message.ts === ts && (channel === undefined || message.channel === channel));
  }

  /** A message and its answers, without what was deleted. */
  thread(channel: string, ts: string): Message[] {
    return this.#messages.filter(
      (message) => message.channel === channel && !message.isDeleted && (message.ts === ts || message.thread === ts),
    );
  }

  /** What is shown in a channel itself, outside of threads. */
  timeline(channel: string): Message[] {
    return this.#messages.filter(
      (message) => message.channel === channel && !message.isDeleted && (message.thread === undefined || message.isBroadcast),
    );
  }
}
