import { type Logger, LogLevel, type WebAPICallResult, WebClient } from '@slack/web-api';
import { StepError } from '../../contracts/errors.ts';
import {
  type Chat,
  ChatError,
  type ChatMessage,
  type ChatUser,
  type Destination,
  type MessagePlace,
  type SharedText,
} from '../../ports/chat.ts';
import { type Patience, tryCalling, USUAL_PATIENCE } from './patience.ts';
import { postTo, RESPONSE_URL } from './response-url.ts';
import { userIn } from './user.ts';

export interface SlackChatProps {
  /** The token of the app's bot. Asked for at every call, so that a rotated one is taken up. */
  readonly token: () => Promise<string>;
  /** Where the Web API is, such as `https://slack.com/api/`. */
  readonly apiUrl: string;
  readonly patience?: Partial<Patience>;
  readonly fetch?: typeof fetch;
}

interface CallOptions {
  readonly isRepeatable: boolean;
  /** @default as patience says */
  readonly longestWaitSeconds?: number;
}

/** Says nothing: at some levels the library logs what it sends. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** The library repeats by its own rules, which know nothing of what a call does: here every attempt is ours. */
const ONE_ATTEMPT = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
/** A form that opens later than three seconds after the press does not open. */
const FORM_WAIT_SECONDS = 2;

const REPEATABLE: CallOptions = { isRepeatable: true };
const ONCE: CallOptions = { isRepeatable: false };

const placeOf = ({ channel, thread }: Destination) => ({ channel, ...(thread !== undefined && { thread_ts: thread }) });
/** Text is taken as it is formatted: no name, channel or address in it becomes a link. Editing would do so unless told otherwise. */
const AS_WRITTEN = { parse: 'none', link_names: false };

/** Slack over its Web API. No error carries the token, an address to answer at, or what was sent. */
export class SlackChat implements Chat {
  readonly #props: SlackChatProps;
  readonly #patience: Patience;
  #session: { readonly token: string; readonly client: WebClient } | undefined;

  constructor(props: SlackChatProps) {
    this.#props = props;
    this.#patience = { ...USUAL_PATIENCE, ...props.patience };
  }

  async post(to: Destination, { text, blocks }: ChatMessage): Promise<string> {
    const { ts } = await this.#call('chat.postMessage', ONCE, {
      ...placeOf(to),
      ...(to.thread !== undefined && to.alsoInChannel && { reply_broadcast: true }),
      text,
      ...(blocks.length > 0 && { blocks }),
      ...AS_WRITTEN,
      unfurl_links: false,
      unfurl_media: false,
    });
    if (typeof ts !== 'string') throw new ChatError('never', 'chat.postMessage: the answer is in an unknown form: it has no ts');
    return ts;
  }

  async edit({ channel, ts }: MessagePlace, { text, blocks }: ChatMessage): Promise<void> {
    // Blocks that are not sent would stay.
    await this.#call('chat.update', REPEATABLE, { channel, ts, text, blocks, ...AS_WRITTEN });
  }

  async whisper({ user, ...to }: Destination & { readonly user: string }, text: string): Promise<void> {
    await this.#call('chat.postEphemeral', ONCE, { ...placeOf(to), user, text, ...AS_WRITTEN });
  }

  async answer(responseUrl: string, text: string): Promise<void> {
    const { fetch: send = fetch } = this.#props;
    const { timeoutSeconds } = this.#patience;
    await tryCalling(RESPONSE_URL, () => postTo(responseUrl, text, { fetch: send, timeoutSeconds }), {
      isRepeatable: false,
      patience: this.#patience,
    });
  }

  async openForm(triggerId: string, form: object): Promise<void> {
    await this.#call('views.open', { ...ONCE, longestWaitSeconds: FORM_WAIT_SECONDS }, { trigger_id: triggerId, view: form });
  }

  async share({ channel, thread }: Destination, { name, title, text }: SharedText): Promise<void> {
    const file = { channel_id: channel, filename: name, title, content: text };
    await this.#tryWith('files.uploadV2', ONCE, (client) =>
      client.filesUploadV2(thread === undefined ? file : { ...file, thread_ts: thread }),
    );
  }

  async user(id: string): Promise<ChatUser> {
    return userIn(await this.#call('users.info', REPEATABLE, { user: id }), id);
  }

  #call(method: string, options: CallOptions, args: Record<string, unknown>): Promise<WebAPICallResult & { readonly ts?: unknown }> {
    return this.#tryWith(method, options, (client) => client.apiCall(method, args));
  }

  async #tryWith<T>(what: string, options: CallOptions, call: (client: WebClient) => Promise<T>): Promise<T> {
    const { isRepeatable, longestWaitSeconds = this.#patience.longestWaitSeconds } = options;
    const patience = { ...this.#patience, longestWaitSeconds: Math.min(longestWaitSeconds, this.#patience.longestWaitSeconds) };
    const client = await this.#clientFor(what);
    return await tryCalling(what, () => call(client), { isRepeatable, patience });
  }

  async #clientFor(what: string): Promise<WebClient> {
    const token = await this.#tokenFor(what);
    if (this.#session?.token !== token) this.#session = { token, client: this.#connect(token) };
    return this.#session.client;
  }

  async #tokenFor(what: string): Promise<string> {
    let token: string;
    try {
      token = await this.#props.token();
    } catch (error) {
      // Only errors of ours are known to keep secrets to themselves.
      const why = error instanceof StepError ? `: ${error.message}` : '';
      throw new ChatError('later', `${what}: the bot token cannot be read${why}`);
    }
    if (!/^[\x21-\x7e]+$/.test(token)) throw new ChatError('later', `${what}: the bot token has characters that no token has`);
    return token;
  }

  #connect(token: string): WebClient {
    const { apiUrl, fetch: send } = this.#props;
    const timeout = this.#patience.timeoutSeconds * 1000;
    return new WebClient(token, { slackApiUrl: apiUrl, logger: SILENT, timeout, ...ONE_ATTEMPT, ...(send && { fetch: send }) });
  }
}
