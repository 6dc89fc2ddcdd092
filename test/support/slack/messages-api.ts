/** The methods of `chat`. */
import { problemsOf } from './block-kit.ts';
import type { Blocks, Said } from './channels.ts';
import { because, channelFor, Refusal } from './refusal.ts';
import { APP, type State } from './state.ts';
import { type Args, isYes } from './wire.ts';

/** What a call wants to say. Blocks that an edit does not name stay. */
export function saidBy({ text, blocks }: Args, before?: Said): Said {
  if (blocks !== undefined && !Array.isArray(blocks)) throw new Refusal('invalid_blocks_format');
  const said = { text: typeof text === 'string' ? text : '', blocks: (blocks as Blocks | undefined) ?? before?.blocks ?? [] };
  if (said.text === '' && said.blocks.length === 0) throw new Refusal('no_text');
  const problems = problemsOf(said.blocks.length > 0 ? said : { text: said.text });
  if (problems.length > 0) throw because('invalid_blocks', problems);
  return said;
}

/** The thread to answer in: where the first message was deleted, answers go on. */
function threadIn(state: State, channel: string, { thread_ts: thread }: Args): { thread?: string } {
  if (thread === undefined) return {};
  const first = state.channels.find(thread, channel);
  if (!first) throw new Refusal('thread_not_found');
  // Answers to an answer get lost in Slack, so here they are a fault.
  if (first.thread !== undefined) throw because('invalid_arguments', ['thread_ts is an answer itself']);
  return { thread: first.ts };
}

const shown = (ts: string, { text, blocks }: Said, thread?: string): object => ({
  type: 'message',
  user: APP.user,
  bot_id: APP.bot,
  app_id: APP.app,
  text,
  ts,
  ...(blocks.length > 0 && { blocks }),
  ...(thread !== undefined && { thread_ts: thread }),
});

export function postMessage(args: Args, state: State): object {
  const { id } = channelFor(state, args.channel);
  const thread = threadIn(state, id, args);
  const isBroadcast = isYes(args.reply_broadcast);
  const message = state.channels.post(id, { said: saidBy(args), author: APP.user, isBroadcast, ...thread });
  const [said] = message.versions;
  return { channel: id, ts: message.ts, message: said && shown(message.ts, said, message.thread) };
}

export function update(args: Args, state: State): object {
  const { id } = channelFor(state, args.channel);
  const message = state.channels.find(args.ts, id);
  if (!message || message.isDeleted) throw new Refusal('message_not_found');
  if (message.author !== APP.user) throw new Refusal('cant_update_message');
  const said = saidBy(args, message.versions.at(-1));
  state.channels.edit(message, said);
  return { channel: id, ts: message.ts, text: said.text, message: shown(message.ts, said, message.thread) };
}

export function postEphemeral(args: Args, state: State): object {
  const channel = channelFor(state, args.channel);
  const user = String(args.user);
  if (!state.people.has(user) || channel.without.has(user)) throw new Refusal('user_not_in_channel');
  const { text } = saidBy(args);
  state.whispers.push({ user, channel: channel.id, text, via: 'chat.postEphemeral', ...threadIn(state, channel.id, args) });
  return { message_ts: state.channels.nextTs() };
}
