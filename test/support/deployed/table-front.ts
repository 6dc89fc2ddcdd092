import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Loopback } from './loopback.ts';

export interface TableAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer | string;
}

/** A request to DynamoDB that has come as far as the front. */
export interface TableRequest {
  /** Such as `PutItem`. */
  readonly operation: string;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  /** Has the DynamoDB behind the front answer it. */
  forward(): Promise<TableAnswer>;
}

const OPERATION = /^DynamoDB_20120810\.(\w+)$/;
const OF_A_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date']);

const passedOn = (headers: Iterable<[string, unknown]>): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !OF_A_CONNECTION.has(name)).map(([name, value]) => [name, String(value)]));

/** What DynamoDB says that does not do as it was asked. */
export const tableRefusal = (document: { readonly __type: string; readonly Message?: string }): TableAnswer => ({
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(document),
});

/** Stands before a DynamoDB, sees every request and answers it as it likes. */
export class TableFront {
  readonly #server: Loopback;
  /** Of the DynamoDB behind it. */
  readonly #behind: string;

  constructor(behind: string, answer: (request: TableRequest) => Promise<TableAnswer>) {
    this.#behind = behind;
    this.#server = new Loopback((incoming, response) => void this.#serve(incoming, response, answer));
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  /** Where functions reach DynamoDB. */
  get endpoint(): string {
    return this.#server.url;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(
    incoming: IncomingMessage,
    response: ServerResponse,
    answer: (request: TableRequest) => Promise<TableAnswer>,
  ): Promise<void> {
    const body = await buffer(incoming);
    const [, operation = ''] = OPERATION.exec(String(incoming.headers['x-amz-target'])) ?? [];
    const given = await answer({ operation, incoming, body, forward: () => this.#forward(incoming, body) });
    response.writeHead(given.status, given.headers).end(given.body);
  }

  async #forward({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Promise<TableAnswer> {
    const address = new URL(url, this.#behind);
    const answer = await fetch(address, { method, headers: passedOn(Object.entries(headers)), body: new Uint8Array(body) });
    return { status: answer.status, headers: passedOn(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
  }
}
