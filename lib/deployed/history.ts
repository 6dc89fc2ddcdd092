import { GetExecutionHistoryCommand, type GetExecutionHistoryCommandOutput, type HistoryEvent } from '@aws-sdk/client-sfn';
import type { StepFunctions } from './state-machine.ts';

/** Makes a call until it is answered, as patiently as the caller is. */
export type Ask = <T>(call: (stop?: AbortSignal) => Promise<T>) => Promise<T>;

const MOST_PER_PAGE = 1000;
/** What comes in between two looks fits into a page of this size. */
const FEW = 100;

const idOf = ({ id }: HistoryEvent): number => id ?? 0;

/** The history of one execution. Its events are numbered from 1 without a gap; a page may hold none and still not be the last. */
export class History {
  readonly #client: StepFunctions;
  readonly #executionArn: string;
  readonly #ask: Ask;
  #lastSeen = 0;

  constructor(client: StepFunctions, executionArn: string, ask: Ask) {
    this.#client = client;
    this.#executionArn = executionArn;
    this.#ask = ask;
  }

  /**
   * Events that were not told yet, oldest first. The first time these are all of them, page by page, so that a history of any length
   * needs little memory; from then on only its end is read.
   */
  async *unseen(): AsyncGenerator<HistoryEvent> {
    const fresh = this.#lastSeen === 0 ? this.#pages(false, MOST_PER_PAGE) : this.#sinceLastSeen();
    for await (const events of fresh) {
      for (const event of events) {
        // A gap is an event that has not come through yet: it, and what follows it, is told the next time.
        if (idOf(event) > this.#lastSeen + 1) return;
        if (idOf(event) <= this.#lastSeen) continue;
        this.#lastSeen = idOf(event);
        yield event;
      }
    }
  }

  /** All events, newest first. */
  async *backwards(): AsyncGenerator<HistoryEvent> {
    for await (const events of this.#pages(true, FEW)) yield* events;
  }

  async *#sinceLastSeen(): AsyncGenerator<HistoryEvent[]> {
    const newestFirst: HistoryEvent[] = [];
    for await (const event of this.backwards()) {
      if (idOf(event) <= this.#lastSeen) break;
      newestFirst.push(event);
    }
    yield newestFirst.reverse();
  }

  async *#pages(reverseOrder: boolean, maxResults: number): AsyncGenerator<HistoryEvent[]> {
    let nextToken: string | undefined;
    do {
      const token = nextToken;
      const page: GetExecutionHistoryCommandOutput = await this.#ask((stop) =>
        this.#client.send(
          new GetExecutionHistoryCommand({
            executionArn: this.#executionArn,
            includeExecutionData: true,
            reverseOrder,
            maxResults,
            ...(token && { nextToken: token }),
          }),
          stop ? { abortSignal: stop } : {},
        ),
      );
      yield page.events ?? [];
      nextToken = page.nextToken;
    } while (nextToken);
  }
}
