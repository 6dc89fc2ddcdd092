import { type Channel, type ChannelSpec, type Message, type SharedFile, saidIn, visibleIn } from './channels.ts';
import { Front } from './front.ts';
import { deliver, type Received, type Receiver, type SlackRequest, signedHeaders } from './outgoing.ts';
import { Person } from './person.ts';
import { type Call, type OpenView, type PersonSpec, State, type Whisper } from './state.ts';
import type { Limit, NextAnswer, Outage } from './traffic.ts';

export interface WorkspaceProps {
  /** Id of the workspace. */
  readonly team: string;
  readonly botToken: string;
  readonly signingSecret: string;
  /** Where the app is told what people do; it may be set later. */
  readonly receiverUrl?: Receiver;
  /** @default the clock of this machine */
  readonly now?: () => Date;
}

/**
 * A stand-in for Slack: the Web API over HTTP on this machine, and the people in front of it, whose commands and presses reach the app as
 * signed requests. It keeps everything that happened, and is as strict as Slack about what it is sent.
 */
export class SlackWorkspace {
  /** Requests that were sent to the app, oldest first: to be sent again, or changed. */
  readonly sent: SlackRequest[] = [];
  receiverUrl: Receiver | undefined;
  readonly #signingSecret: string;
  readonly #state: State;
  readonly #front: Front;

  private constructor({ team, botToken, signingSecret, receiverUrl, now = () => new Date() }: WorkspaceProps) {
    this.#signingSecret = signingSecret;
    this.receiverUrl = receiverUrl;
    this.#state = new State(team, botToken, now);
    this.#front = new Front(this.#state);
  }

  static async open(props: WorkspaceProps): Promise<SlackWorkspace> {
    const workspace = new SlackWorkspace(props);
    await workspace.#front.listen();
    return workspace;
  }

  async close(): Promise<void> {
    await this.#front.close();
  }

  /** Where the Web API is. */
  get apiUrl(): string {
    return `${this.#state.origin}/api/`;
  }

  get team(): string {
    return this.#state.team;
  }

  addPerson(spec: PersonSpec): Person {
    this.#state.people.set(spec.id, spec);
    return new Person(spec, this.#state, (kind, body) => this.#tell(kind, body));
  }

  addChannel(spec: ChannelSpec): Channel {
    return this.#state.channels.add(spec);
  }

  /** From now on only this token counts. */
  rotateToken(token: string): void {
    this.#state.revoked.add(this.#state.token);
    this.#state.token = token;
  }

  removeScope(scope: string): void {
    this.#state.scopes.delete(scope);
  }

  /** Limits the rate of a method; `undefined` lifts the limit. */
  limit(method: string, limit: Limit | undefined): void {
    this.#front.traffic.limit(method, limit);
  }

  /** Lets the next calls of a method go wrong. `response_url` and `upload` are methods here too. */
  nextAnswers(method: string, ...answers: NextAnswer[]): void {
    this.#front.traffic.next(method, answers);
  }

  /** `unavailable`: every request is answered 503. `unreachable`: nobody listens. */
  async goDown(outage: Outage = 'unavailable'): Promise<void> {
    await this.#front.goDown(outage);
  }

  async comeBack(): Promise<void> {
    await this.#front.comeBack();
  }

  /** Every call that arrived, also those that came to nothing; an outage lets none arrive. */
  get calls(): readonly Call[] {
    return this.#state.calls;
  }

  callsOf(method: string): readonly Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** Everything that was ever posted, in all channels. */
  get messages(): readonly Message[] {
    return this.#state.channels.everything;
  }

  /** Messages in a channel itself. */
  timeline(channel: string): readonly Message[] {
    return this.#state.channels.timeline(channel);
  }

  /** A message and its answers. */
  thread(channel: string, ts: string): readonly Message[] {
    return this.#state.channels.thread(channel, ts);
  }

  /** What people read in a thread, message by message. */
  textOf(channel: string, ts: string): string {
    return this.thread(channel, ts)
      .map((message) => visibleIn(saidIn(message)))
      .filter((text) => text !== '')
      .join('\n');
  }

  filesOf(channel: string, ts: string): readonly SharedFile[] {
    return this.thread(channel, ts).flatMap(({ files }) => files);
  }

  /** What single people were told. */
  get whispers(): readonly Whisper[] {
    return this.#state.whispers;
  }

  get views(): readonly OpenView[] {
    return this.#state.views;
  }

  /** Somebody deletes a message. */
  deleteMessage(channel: string, ts: string): void {
    const message = this.#state.channels.find(ts, channel);
    if (!message) throw new Error(`there is no message ${ts} in ${channel}`);
    message.isDeleted = true;
  }

  /** A person, not the app, writes a message. @returns its number. */
  writes(person: Person, channel: string, text: string): string {
    return this.#state.channels.post(channel, { author: person.id, said: { text, blocks: [] } }).ts;
  }

  /** A request as Slack would send it, with this body. */
  signed(kind: 'commands' | 'interactions', body: string, at = this.#state.now()): SlackRequest {
    const receiver = this.receiverUrl;
    const url = typeof receiver === 'string' ? receiver : receiver?.[kind];
    if (url === undefined) throw new Error('the app has not said where it is told what people do');
    return { url, headers: signedHeaders(this.#signingSecret, at, body), body };
  }

  /**
   * Sends any request to the app: one that was sent already, or one that was tampered with.
   * @throws Error when it is not answered within three seconds.
   */
  async deliver(request: SlackRequest): Promise<Received> {
    return await deliver(request);
  }

  async #tell(kind: 'commands' | 'interactions', body: string): Promise<Received> {
    const request = this.signed(kind, body);
    this.sent.push(request);
    return await deliver(request);
  }
}
