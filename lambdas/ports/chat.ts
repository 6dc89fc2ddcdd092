/** A block of a message, in the form of Block Kit. */
export interface Block {
  readonly type: string;
}

export interface ChatMessage {
  /** For notifications, screen readers, and where blocks cannot be shown. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A message that was posted. */
export interface MessagePlace {
  readonly channel: string;
  /** Its number in the channel, by which it is edited and answered. */
  readonly ts: string;
}

export interface Destination {
  readonly channel: string;
  /** The message that begins the thread. @default a message of its own */
  readonly thread?: string;
  /** Shown in the channel as well as in its thread. @default false */
  readonly alsoInChannel?: boolean;
}

/** A text that is too long for a message. */
export interface SharedText {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** Somebody, as the chat knows them. */
export interface ChatUser {
  readonly id: string;
  readonly team: string;
  readonly email?: string;
  /** The chat says of itself that the address was confirmed. */
  readonly isEmailConfirmed: boolean;
  readonly isBot: boolean;
  readonly isDeactivated: boolean;
  /** A guest of the workspace, or somebody of another one. */
  readonly isGuest: boolean;
}

/**
 * Why a call failed. `later`: it may succeed when it is made again, perhaps after somebody has mended something. `gone`: the message is no
 * longer there. `late`: what it was for is over. `never`: this very call cannot succeed.
 */
export type ChatFailure = 'later' | 'gone' | 'late' | 'never';

/** Its message names the call and the chat's own word for the fault, and never a token or what was sent. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly failure: ChatFailure;

  constructor(failure: ChatFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** A chat with channels, threads and messages that can be edited. Every method throws ChatError. */
export interface Chat {
  /** @returns the number of the message in its channel. */
  post(to: Destination, message: ChatMessage): Promise<string>;
  edit(place: MessagePlace, message: ChatMessage): Promise<void>;
  /** Says something to one person only. */
  whisper(to: Destination & { readonly user: string }, text: string): Promise<void>;
  /** Answers a command to the one who gave it, wherever that was. */
  answer(responseUrl: string, text: string): Promise<void>;
  /** Opens a form; possible for three seconds after somebody acted. */
  openForm(triggerId: string, form: object): Promise<void>;
  share(to: Destination, file: SharedText): Promise<void>;
  user(id: string): Promise<ChatUser>;
}
