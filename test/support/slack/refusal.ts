import type { Channel } from './channels.ts';
import type { State } from './state.ts';

/** Slack says no, by a word. */
export class Refusal extends Error {
  readonly word: string;
  readonly extra: object;

  constructor(word: string, extra: object = {}) {
    super(word);
    this.word = word;
    this.extra = extra;
  }
}

export const because = (word: string, problems: readonly string[]): Refusal =>
  new Refusal(word, { response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) } });

/** The channel that the app may write to. */
export function channelFor({ channels }: State, id: unknown): Channel {
  const channel = channels.get(id);
  // An app learns nothing of private channels that it is not in.
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new Refusal('channel_not_found');
  if (channel.isArchived) throw new Refusal('is_archived');
  if (!channel.isMember) throw new Refusal('not_in_channel');
  return channel;
}

export function needScope({ scopes }: State, needed: string): void {
  if (!scopes.has(needed)) throw new Refusal('missing_scope', { needed, provided: [...scopes].join(',') });
}
