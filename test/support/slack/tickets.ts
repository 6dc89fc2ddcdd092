/** What Slack hands out for a while with each action of a person: triggers and addresses to answer at. */

const TRIGGER_SECONDS = 3;
const ANSWER_SECONDS = 30 * 60;
const ANSWERS = 5;

/** Where an answer goes. */
export interface Origin {
  readonly user: string;
  readonly channel: string;
  /** The message that was acted on; a command has none. */
  readonly message?: string;
  readonly thread?: string;
}

interface Ticket<T> {
  readonly about: T;
  readonly since: number;
  uses: number;
}

type Redeemed<T> = { readonly about: T } | { readonly error: string };

export class Tickets {
  readonly #now: () => Date;
  readonly #triggers = new Map<string, Ticket<string>>();
  readonly #answers = new Map<string, Ticket<Origin>>();
  #count = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  #next(): string {
    this.#count += 1;
    return `${String(this.#count).padStart(4, '0')}secret${(this.#count * 7919).toString(36)}`;
  }

  #ageSeconds({ since }: Ticket<unknown>): number {
    return (this.#now().getTime() - since) / 1000;
  }

  trigger(user: string): string {
    const id = `1111.2222.${this.#next()}`;
    this.#triggers.set(id, { about: user, since: this.#now().getTime(), uses: 0 });
    return id;
  }

  /** @returns the path of an address. */
  answerPath(kind: 'commands' | 'actions', team: string, origin: Origin): string {
    const path = `/${kind}/${team}/${this.#count + 1}/${this.#next()}`;
    this.#answers.set(path, { about: origin, since: this.#now().getTime(), uses: 0 });
    return path;
  }

  /** Who acted, once for each trigger. */
  exchange(trigger: unknown): Redeemed<string> {
    const ticket = this.#triggers.get(String(trigger));
    if (!ticket) return { error: 'invalid_trigger_id' };
    if (ticket.uses > 0) return { error: 'exchanged_trigger_id' };
    if (this.#ageSeconds(ticket) > TRIGGER_SECONDS) return { error: 'expired_trigger_id' };
    ticket.uses += 1;
    return { about: ticket.about };
  }

  isAnswerPath(path: string): boolean {
    return this.#answers.has(path);
  }

  /** Where an answer goes, five times within half an hour. */
  answer(path: string): Redeemed<Origin> {
    const ticket = this.#answers.get(path);
    if (!ticket || this.#ageSeconds(ticket) > ANSWER_SECONDS) return { error: 'expired_url' };
    if (ticket.uses >= ANSWERS) return { error: 'used_url' };
    ticket.uses += 1;
    return { about: ticket.about };
  }
}
