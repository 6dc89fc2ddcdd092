/** Lets functions and workflows do what the template allows them, and nothing else. Functions are known by keys of their own. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { tableAsk } from './asks.ts';
import { Loopback } from './loopback.ts';
import { type Ask, Rights } from './rights.ts';
import { ServiceError } from './service-error.ts';
import type { Resources } from './template.ts';

const CREDENTIAL = /Credential=([^/]+)\//;

export class Guard {
  /** What was not allowed, in one line each. */
  readonly denied: string[] = [];
  /** How many requests of functions and workflows were looked at. */
  looked = 0;
  readonly rights: Rights;
  /** ARNs of functions by their keys. */
  readonly #callers = new Map<string, string>();

  constructor(resources: Resources) {
    this.rights = new Rights(resources);
  }

  /** The key of a function. */
  keyOf(arn: string): string {
    const key = `ASIA${createHash('sha256').update(arn).digest('hex').slice(0, 16).toUpperCase()}`;
    this.#callers.set(key, arn);
    return key;
  }

  /** @throws ServiceError `AccessDeniedException` unless it is allowed. */
  require(arn: string, ask: Ask): void {
    this.looked += 1;
    if (this.rights.allow(arn, ask)) return;
    const denied = `${arn} is not authorized to perform ${ask.action} on ${ask.resource} ${JSON.stringify(ask.context ?? {})}`;
    this.denied.push(denied);
    throw new ServiceError('AccessDeniedException', denied);
  }

  /** As `require`, for whoever signed a request; people and tests may do everything. */
  requireSigner({ headers }: IncomingMessage, ask: () => Ask): void {
    const [, key = ''] = CREDENTIAL.exec(headers.authorization ?? '') ?? [];
    const arn = this.#callers.get(key);
    if (arn !== undefined) this.require(arn, ask());
  }
}

export interface GuardedTableProps {
  readonly guard: Guard;
  /** Of the DynamoDB behind it. */
  readonly endpoint: string;
  readonly partitionKey: string;
}

const OPERATION = /^DynamoDB_20120810\.(\w+)$/;
const OF_A_CONNECTION = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'];

/** A DynamoDB behind a guard. */
export class GuardedTable {
  readonly #props: GuardedTableProps;
  readonly #server = new Loopback((request, response) => void this.#serve(request, response));

  constructor(props: GuardedTableProps) {
    this.#props = props;
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  get endpoint(): string {
    return this.#server.url;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard, partitionKey } = this.#props;
    const body = await buffer(request);
    const [, operation = ''] = OPERATION.exec(String(request.headers['x-amz-target'])) ?? [];
    try {
      guard.requireSigner(request, () => tableAsk(operation, body.toString('utf8'), partitionKey));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const refusal = { __type: `com.amazon.coral.service#${error.name}`, Message: error.message };
      return void response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(refusal));
    }
    await this.#forward(request, body, response);
  }

  async #forward({ method = '', url = '', headers }: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const passed = Object.entries(headers).filter(([name]) => !OF_A_CONNECTION.includes(name));
    const init = { method, headers: passed.map(([name, value]): [string, string] => [name, String(value)]), body: new Uint8Array(body) };
    const answer = await fetch(new URL(url, this.#props.endpoint), init);
    const given = [...answer.headers].filter(([name]) => !OF_A_CONNECTION.includes(name));
    response.writeHead(answer.status, Object.fromEntries(given)).end(Buffer.from(await answer.arrayBuffer()));
  }
}
