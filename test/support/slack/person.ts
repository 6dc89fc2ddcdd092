import { showAnswer } from './answers.ts';
import type { Channel } from './channels.ts';
import { buttonsIn, valuesOf } from './forms.ts';
import type { Received } from './outgoing.ts';
import { commandForm, pressForm, submissionForm } from './payloads.ts';
import type { OpenView, PersonSpec, State, Whisper } from './state.ts';

/** Hands a request over to the app. */
export type Tell = (kind: 'commands' | 'interactions', body: string) => Promise<Received>;

/** What an answer in JSON says; undefined for one that is none. */
function jsonIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Somebody in front of Slack. What one cannot do there throws. */
export class Person {
  readonly id: string;
  readonly #spec: PersonSpec;
  readonly #state: State;
  readonly #tell: Tell;

  constructor(spec: PersonSpec, state: State, tell: Tell) {
    this.id = spec.id;
    this.#spec = spec;
    this.#state = state;
    this.#tell = tell;
  }

  /** Gives a command in a channel. */
  async types(line: string, channelId: string): Promise<Received> {
    if (!line.startsWith('/')) throw new Error('only commands are told to an app, which begin with a slash');
    const channel = this.#in(channelId);
    const received = await this.#tell('commands', commandForm(line, this.#spec, channel, this.#state));
    if (received.status === 200 && received.body !== '') {
      const answer = jsonIn(received.body) ?? { text: received.body };
      showAnswer(answer, { user: this.id, channel: channel.id }, 'answer', this.#state);
    }
    return received;
  }

  /** Presses a button, and says yes to whatever Slack asks before. */
  async presses(ts: string, actionId: string): Promise<Received> {
    const message = this.#state.channels.find(ts);
    if (!message || message.isDeleted) throw new Error(`there is no message ${ts}`);
    const channel = this.#in(message.channel);
    const button = buttonsIn(message).find(({ fields }) => fields.action_id === actionId);
    if (!button) throw new Error(`there is no button ${actionId} in the message ${ts}`);
    return await this.#tell('interactions', pressForm(button, message, this.#spec, channel, this.#state));
  }

  /**
   * Fills in and submits a form.
   * @param entered - what is typed, by the id of the block.
   */
  async submits(view: OpenView, entered: Readonly<Record<string, string>>): Promise<Received> {
    if (!view.isOpen || view.user !== this.id) throw new Error(`the form ${view.id} is not open before ${this.id}`);
    const values = valuesOf(view, entered);
    const received = await this.#tell('interactions', submissionForm(view, values, this.#spec, this.#state));
    if (received.status !== 200) return received;
    const { response_action: action, errors } = jsonIn(received.body) ?? {};
    view.isOpen = action === 'errors';
    view.errors = action === 'errors' ? (errors as OpenView['errors']) : {};
    return received;
  }

  /** The form that is open before this person. */
  get form(): OpenView | undefined {
    return this.#state.views.findLast(({ user, isOpen }) => isOpen && user === this.id);
  }

  /** What only this person was told, oldest first. */
  get whispers(): readonly Whisper[] {
    return this.#state.whispers.filter(({ user }) => user === this.id);
  }

  #in(id: string): Channel {
    const channel = this.#state.channels.get(id);
    if (!channel || channel.isArchived || channel.without.has(this.id)) throw new Error(`${this.id} cannot act in ${id}`);
    return channel;
  }
}
