/** The address of the workspace on this machine, and what may go wrong on the way to it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAt } from './answers.ts';
import { upload } from './files-api.ts';
import type { Call, State } from './state.ts';
import { type NextAnswer, type Outage, Traffic } from './traffic.ts';
import { callMethod } from './web-api.ts';
import { argsIn, bodyOf, fileIn, send } from './wire.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** A request that was read. */
interface Asked {
  /** Of the Web API, or `upload` or `response_url`. */
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly token: string | undefined;
  readonly body: Buffer;
}

const UPLOAD = '/upload/v1/';
const limited = (seconds: number): Answer => ({
  status: 429,
  body: { ok: false, error: 'ratelimited' },
  headers: { 'Retry-After': String(seconds) },
});

function insteadOf(next: Exclude<NextAnswer, string>): Answer {
  const { status = 200, error, body, retryAfterSeconds } = next;
  if (retryAfterSeconds !== undefined) return limited(retryAfterSeconds);
  return { status, body: body ?? (error === undefined ? `status ${status}` : { ok: false, error }) };
}

export class Front {
  readonly traffic: Traffic;
  readonly #state: State;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #outage: Outage | undefined;
  #port = 0;

  constructor(state: State) {
    this.#state = state;
    this.traffic = new Traffic(state.now);
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#state.origin = `http://127.0.0.1:${this.#port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async goDown(outage: Outage): Promise<void> {
    this.#outage = outage;
    if (outage === 'unreachable') await this.close();
  }

  async comeBack(): Promise<void> {
    if (this.#outage === 'unreachable') await this.listen();
    this.#outage = undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (this.#outage) return send(response, 503, 'upstream connect error or disconnect/reset before headers');
    const asked = this.#read(request, body);
    const call = this.#note(asked);
    const next = this.traffic.takeNext(asked.method);
    if (next === 'hang-up') return void request.socket.destroy();
    const answer = await this.#answer(asked, next);
    if (next === 'answer-lost') return void request.socket.destroy();
    if (next === 'silence') return;
    call.status = answer.status;
    const { error } = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as { error?: unknown };
    if (typeof error === 'string') call.error = error;
    send(response, answer.status, answer.body, answer.headers);
  }

  #read({ url = '', headers }: IncomingMessage, body: Buffer): Asked {
    const [path = ''] = url.split('?');
    const method = path.startsWith('/api/')
      ? path.slice('/api/'.length)
      : path.startsWith(UPLOAD)
        ? 'upload'
        : this.#state.tickets.isAnswerPath(path)
          ? 'response_url'
          : '';
    const contentType = headers['content-type'] ?? '';
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const inBody = method === 'upload' ? undefined : argsIn(contentType, body)?.token;
    return { method, path, contentType, body, token: bearer ?? (typeof inBody === 'string' ? inBody : undefined) };
  }

  #note({ method, contentType, body, token }: Asked): Call {
    const args = (method === 'upload' ? undefined : argsIn(contentType, body)) ?? {};
    const call: Call = { method, args, at: this.#state.now().toISOString(), status: 0, ...(token !== undefined && { token }) };
    this.#state.calls.push(call);
    return call;
  }

  async #answer(asked: Asked, next: NextAnswer | undefined): Promise<Answer> {
    if (typeof next === 'object') return insteadOf(next);
    const seconds = this.traffic.refusedFor(asked.method);
    return seconds === undefined ? await this.#carryOut(asked) : limited(seconds);
  }

  async #carryOut({ method, path, contentType, token, body }: Asked): Promise<Answer> {
    if (method === '') return { status: 404, body: 'not found' };
    if (method === 'response_url') return answerAt(path, argsIn(contentType, body), this.#state);
    if (method !== 'upload') return { status: 200, body: callMethod(method, argsIn(contentType, body), token, this.#state) };
    const text = await fileIn(contentType, body);
    return { status: upload(path.slice(UPLOAD.length), text, this.#state), body: `OK - ${Buffer.byteLength(text)}` };
  }
}
