import type { Write, WriteAnswer } from '../../contracts/write.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SendOptions } from '../../ports/cluster.ts';
import { roleNeeded, saidBy } from './answers.ts';
import type { RestDatabase } from './database.ts';
import { label } from './decode.ts';
import { RequestFailure } from './failure.ts';
import { followWrite, type Left, POLL_SECONDS } from './follow.ts';
import { type Order, orderOf, settingsOf, whyNotSendable } from './orders.ts';
import type { Reader } from './reader.ts';
import type { Observe, RestAnswer, RestApi } from './rest-api.ts';

const MOST_WAITS = 3;
/** Longest single wait for a busy database. */
const LONGEST_WAIT_SECONDS = 300;

export interface Sender {
  readonly api: RestApi;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly observe: Observe;
}

const notSent = (text: string): WriteAnswer => ({ kind: 'not-sent', text });
const unknown = (text: string): WriteAnswer => ({ kind: 'none', text });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'an unknown failure');
const refusalText = (answer: RestAnswer): string => (answer.status === 403 ? `${saidBy(answer)}: ${roleNeeded('PUT')}` : saidBy(answer));

/** What one attempt came to: an answer, or the cluster said that the database is busy. */
type Attempt = WriteAnswer | 'busy';

/** One write, from the look before it to the end of its job. */
class Sending {
  readonly #write: Write;
  readonly #order: Order;
  readonly #to: Sender;
  readonly #left: Left;
  /** Once a request that changes something may have left, a failure is an unknown outcome. */
  #mayHaveWritten = false;

  constructor(write: Write, order: Order, to: Sender, left: Left) {
    this.#write = write;
    this.#order = order;
    this.#to = to;
    this.#left = left;
  }

  async run(): Promise<WriteAnswer> {
    try {
      return await this.#attempts();
    } catch (error) {
      return this.#mayHaveWritten ? unknown(messageOf(error)) : notSent(messageOf(error));
    }
  }

  async #attempts(): Promise<WriteAnswer> {
    const { uid } = this.#order;
    const before = await this.#read();
    for (let waits = 0; ; waits += 1) {
      const attempt = await this.#attempt(waits === 0 ? before : await this.#read());
      if (attempt !== 'busy') return attempt;
      if (waits >= MOST_WAITS)
        return { kind: 'refused', text: `409: db:${uid} stayed busy with another change through ${MOST_WAITS} waits` };
      const after = await this.#untilActive();
      if (!after) return { kind: 'refused', text: `409: db:${uid} is busy with another change, and the time is over` };
      // Behind something that repeats requests, the other change may have been this very one.
      if (settingsOf(after) !== settingsOf(before)) return unknown(`db:${uid} was busy with another change, which changed its settings`);
    }
  }

  #read = (): Promise<RestDatabase> => this.#to.reader.database(this.#order.uid, { patienceSeconds: Math.max(0, this.#left()) });

  /** The database once it is active again; undefined when it takes too long or the time is over. */
  async #untilActive(): Promise<RestDatabase | undefined> {
    const enough = Math.max(0, this.#left() - LONGEST_WAIT_SECONDS);
    while (this.#left() - POLL_SECONDS > enough) {
      await this.#to.clock.sleep(POLL_SECONDS);
      const database = await this.#read();
      if (database.status === 'active') return database;
    }
    return undefined;
  }

  async #attempt(before: RestDatabase): Promise<Attempt> {
    const reason = whyNotSendable(this.#write, before);
    if (reason !== undefined) return notSent(reason);
    const rehearsed = await this.#rehearse(before);
    if (rehearsed !== undefined) return rehearsed;
    return await this.#put();
  }

  /**
   * Lets the cluster validate the write without doing it, and proves by reading that nothing was done.
   * @returns undefined when the write may follow.
   */
  async #rehearse(before: RestDatabase): Promise<Attempt | undefined> {
    const { api, observe } = this.#to;
    const { path, body } = this.#order;
    let answer: RestAnswer | RequestFailure;
    try {
      answer = await api.send({ method: 'PUT', path: `${path}?dry_run`, body, dryRun: true, limitSeconds: this.#left() }, observe);
    } catch (error) {
      if (!(error instanceof RequestFailure) || !error.mayHaveActed) throw error;
      answer = error;
    }
    const changed = await this.#changedSince(before);
    if (changed !== undefined) return unknown(`the dry run changed something, so it was carried out on the way: ${changed}`);
    if (answer instanceof RequestFailure) return notSent(`the dry run got no answer: ${answer.message}`);
    if (answer.status === 409) return 'busy';
    if (answer.status !== 200) return notSent(`the dry run was answered ${refusalText(answer)}`);
    return answer.isHtml ? notSent('the dry run was answered with a web page: something else is in between') : undefined;
  }

  async #changedSince(before: RestDatabase): Promise<string | undefined> {
    let now: RestDatabase;
    try {
      now = await this.#read();
    } catch (error) {
      return `whether it did cannot be read (${messageOf(error)})`;
    }
    if (now.lastChangedTime !== before.lastChangedTime) return 'the time of the last change moved';
    return settingsOf(now) === settingsOf(before) ? undefined : 'the settings read otherwise than before';
  }

  async #put(): Promise<Attempt> {
    const { api, observe, reader, clock } = this.#to;
    const { uid, path, body } = this.#order;
    if (this.#left() <= 0) return notSent('the time was over before it could be sent');
    this.#mayHaveWritten = true;
    let answer: RestAnswer;
    try {
      answer = await api.send({ method: 'PUT', path, body, limitSeconds: this.#left() }, observe);
    } catch (error) {
      this.#mayHaveWritten = !(error instanceof RequestFailure) || error.mayHaveActed;
      throw error;
    }
    if (answer.status === 409) {
      this.#mayHaveWritten = false;
      return 'busy';
    }
    if (answer.status >= 500 && answer.status !== 505) return unknown(saidBy(answer));
    if (answer.status >= 400) return { kind: 'refused', text: refusalText(answer) };
    if (answer.status !== 200 || answer.isHtml) return unknown(`the answer was ${answer.isHtml ? 'a web page' : saidBy(answer)}`);
    const fields = typeof answer.body === 'object' && answer.body !== null ? (answer.body as Record<string, unknown>) : {};
    return await followWrite(this.#write, uid, label(fields, 'action_uid'), { reader, clock, left: this.#left });
  }
}

/** Sends a write after a dry run, again only when the cluster turned it down as busy. Never throws. */
export async function sendWrite(write: Write, { limitSeconds }: SendOptions, to: Sender): Promise<WriteAnswer> {
  const order = orderOf(write);
  if ('unsendable' in order) return notSent(order.unsendable);
  const startedAt = to.clock.now().getTime();
  const left = () => limitSeconds - (to.clock.now().getTime() - startedAt) / 1000;
  return await new Sending(write, order, to, left).run();
}
