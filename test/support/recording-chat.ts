import { type Chat, ChatError, type ChatFailure, type ChatMessage, type ChatUser, type SharedText } from '../../lambdas/ports/chat.ts';

/** A chat in memory that notes every call, and fails where it is told to. */
export class RecordingChat implements Chat {
  readonly calls: string[] = [];
  readonly messages = new Map<string, ChatMessage>();
  readonly files: SharedText[] = [];
  readonly answers: string[] = [];
  /** How the next calls of a method fail, one after the other; undefined lets one succeed. */
  readonly failures: Partial<Record<keyof Chat, (ChatFailure | undefined)[]>> = {};
  person: ChatUser = {
    id: 'U0ALICE',
    team: 'T0',
    email: 'alice@example.com',
    isEmailConfirmed: true,
    isBot: false,
    isDeactivated: false,
    isGuest: false,
  };

  #called(method: keyof Chat, about: string): void {
    this.calls.push(`${method} ${about}`);
    const failure = this.failures[method]?.shift();
    if (failure) throw new ChatError(failure, `${method}: as told`);
  }

  async post(to: { channel: string; thread?: string }, message: ChatMessage): Promise<string> {
    this.#called('post', to.thread ?? to.channel);
    const ts = `${this.messages.size + 1}.0`;
    this.messages.set(ts, message);
    return ts;
  }
  async edit({ ts }: { ts: string }, message: ChatMessage): Promise<void> {
    this.#called('edit', ts);
    this.messages.set(ts, message);
  }
  async whisper({ user }: { user: string }, text: string): Promise<void> {
    this.#called('whisper', user);
    this.answers.push(text);
  }
  async answer(_responseUrl: string, text: string): Promise<void> {
    this.#called('answer', '');
    this.answers.push(text);
  }
  async openForm(): Promise<void> {
    this.#called('openForm', '');
  }
  async share(_to: unknown, file: SharedText): Promise<void> {
    this.#called('share', file.name);
    this.files.push(file);
  }
  async user(id: string): Promise<ChatUser> {
    this.#called('user', id);
    return this.person;
  }
}
