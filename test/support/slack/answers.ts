/** What an app says where somebody acted: at the address that came with the action, or in the answer to it. */
import { saidBy } from './messages-api.ts';
import { Refusal } from './refusal.ts';
import { APP, type State, type Whisper } from './state.ts';
import type { Origin } from './tickets.ts';
import { type Args, isYes } from './wire.ts';

/** Shows an answer, to one person unless it says `in_channel`. */
export function showAnswer(args: Args, { user, channel, message, thread }: Origin, via: Whisper['via'], state: State): void {
  const said = saidBy(args);
  const original = state.channels.find(message, channel);
  const inThread = thread === undefined ? {} : { thread };
  if (original && isYes(args.replace_original)) state.channels.edit(original, said);
  else if (args.response_type === 'in_channel') state.channels.post(channel, { said, author: APP.user, ...inThread });
  else state.whispers.push({ user, channel, text: said.text, via, ...inThread });
}

/** An answer at a response address. @returns status and body of what is sent back. */
export function answerAt(path: string, args: Args | undefined, state: State): { status: number; body: { ok: boolean; error?: string } } {
  const redeemed = state.tickets.answer(path);
  if ('error' in redeemed) return { status: 404, body: { ok: false, error: redeemed.error } };
  try {
    if (!args) throw new Refusal('invalid_payload');
    showAnswer(args, redeemed.about, 'response_url', state);
    return { status: 200, body: { ok: true } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 400, body: { ok: false, error: error.word } };
  }
}
