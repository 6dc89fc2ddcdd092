import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { RestApi, type RestApiProps, type RestEvent } from '../../../../../lambdas/adapters/cluster-rest/rest-api.ts';
import { RestCluster } from '../../../../../lambdas/adapters/cluster-rest/rest-cluster.ts';
import type { Clock } from '../../../../../lambdas/ports/clock.ts';

export const PASSWORD = 'p@ss:w/rd';
export const CREDENTIALS = { username: 'ops@example.com', password: PASSWORD };
const AUTHORIZATION = `Basic ${Buffer.from(`${CREDENTIALS.username}:${PASSWORD}`).toString('base64')}`;

/** An authority of our own, and a certificate from it for the name `localhost` and no address. */
async function makeCertificates(names = ['localhost']) {
  const authority = await generate([{ name: 'commonName', value: 'Test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  const leaf = await generate([{ name: 'commonName', value: 'Test cluster' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) }],
    ca: { key: authority.private, cert: authority.cert },
  });
  return { ca: authority.cert, key: leaf.private, cert: leaf.cert };
}

/** A clock whose time passes only by sleeping. */
export class SteppedClock implements Clock {
  ms = Date.parse('2026-12-01T02:00:00.000Z');
  readonly slept: number[] = [];

  now = () => new Date(this.ms);

  async sleep(seconds: number): Promise<void> {
    this.slept.push(seconds);
    this.ms += seconds * 1000;
  }
}

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Address the request arrived at. */
  readonly at: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Breaks the connection instead. */
  readonly cut?: 'before' | 'after-headers';
  /** Never answers, or sends the first byte of a body and then nothing. */
  readonly hang?: 'before' | 'in-body';
}

export type Answering = (asked: Asked) => Reply | Promise<Reply>;

/** A server over real sockets and real TLS, which answers at every loopback address. */
export class HttpsCluster {
  readonly asked: Asked[] = [];
  readonly ca: string;
  answer: Answering = () => ({ status: 404, json: { error_code: 'not_found' } });
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
  }

  /** @param tls - what the server insists on in a handshake. */
  static async start(names?: string[], tls: ServerOptions = {}): Promise<HttpsCluster> {
    const { ca, key, cert } = await makeCertificates(names);
    const server = createServer({ ...tls, key, cert });
    const cluster = new HttpsCluster(server, ca);
    server.on('request', async (request, response) => {
      const asked = await readRequest(request);
      cluster.asked.push(asked);
      const reply =
        asked.authorization === AUTHORIZATION ? await cluster.answer(asked) : { status: 401, json: { error_code: 'unauthorized' } };
      if (reply.hang === 'before') return;
      if (reply.cut === 'before') return void request.socket.destroy();
      const type = reply.text === undefined ? 'application/json' : 'text/html';
      response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
      if (reply.hang === 'in-body') return void response.write('[');
      if (reply.cut === 'after-headers') return void response.write('[', () => request.socket.destroy());
      response.end(reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)));
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    return cluster;
  }

  /** Another certificate from now on, from an authority that nobody knows. */
  async renew(): Promise<void> {
    const { key, cert } = await makeCertificates();
    this.#server.setSecureContext({ key, cert });
    this.#server.closeAllConnections();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Requests as words: `GET /v1/nodes`. */
  get commands(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { method = '', url = '', headers, socket } = request;
  return { method, path: url, at: socket.localAddress ?? '', body, authorization: headers.authorization };
}

/** Everything that talks to a server in one test. */
export function connect(server: HttpsCluster, settings: Partial<RestApiProps> = {}) {
  const clock = new SteppedClock();
  const events: RestEvent[] = [];
  const observe = async (event: RestEvent) => void events.push(event);
  const api = new RestApi({
    url: `https://localhost:${server.port}`,
    clock,
    credentials: async () => CREDENTIALS,
    ca: async () => server.ca,
    random: () => 0.5,
    ...settings,
  });
  return { clock, events, observe, api, cluster: new RestCluster({ name: 'lab', api, clock, observe }) };
}
