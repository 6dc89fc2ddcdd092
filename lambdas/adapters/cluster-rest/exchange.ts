import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { failureOf, RequestFailure, shortPath } from './failure.ts';

/** Far beyond any list of databases; whoever sends more is not the API. */
const MOST_BYTES = 16 * 1024 * 1024;
/** The cluster's limits are unknown, so we are modest. */
const CONNECTIONS = 2;
const CONNECT_SECONDS = 10;

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  readonly text: string;
}

export interface RawRequest {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly method: 'GET' | 'PUT';
  readonly authorization: string;
  readonly body: string | undefined;
  /** For everything, from connecting to the last byte of the answer. */
  readonly limitSeconds: number;
}

export type Exchange = ((request: RawRequest) => Promise<RawAnswer>) & { close(): Promise<void> };

const only = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

/**
 * Sends requests over verified TLS, each exactly once: nothing is redirected and nothing repeated here.
 * @param serverName - name that every node has to prove with its certificate; undefined when the cluster is configured by address.
 */
export function openExchange(ca: string | undefined, serverName: string | undefined): Exchange {
  const agent = new Agent({
    allowH2: false,
    connections: CONNECTIONS,
    pipelining: 1,
    connect: {
      rejectUnauthorized: true,
      timeout: CONNECT_SECONDS * 1000,
      ...(ca !== undefined && { ca }),
      ...(serverName !== undefined && { servername: serverName }),
    },
  });
  const exchange = async (raw: RawRequest): Promise<RawAnswer> => {
    const what = `${raw.method} ${raw.origin}${shortPath(raw.path)}`;
    try {
      const response = await request.call(agent, {
        origin: raw.origin,
        path: raw.path,
        method: raw.method,
        headers: {
          accept: 'application/json',
          authorization: raw.authorization,
          ...(raw.body !== undefined && { 'content-type': 'application/json' }),
        },
        body: raw.body ?? null,
        // One clock for headers and body: a body that trickles must not begin the wait anew with every byte.
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.timeout(raw.limitSeconds * 1000),
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of response.body) {
        const piece = Buffer.from(chunk as Uint8Array);
        bytes += piece.length;
        if (bytes > MOST_BYTES)
          throw new RequestFailure('ClusterOutputError', `${what}: the answer is longer than ${MOST_BYTES} bytes`, { mayHaveActed: true });
        chunks.push(piece);
      }
      return {
        status: response.statusCode,
        contentType: only(response.headers['content-type']) ?? '',
        location: only(response.headers.location),
        text: Buffer.concat(chunks).toString('utf8'),
      };
    } catch (error) {
      throw failureOf(error, what, raw.limitSeconds);
    }
  };
  return Object.assign(exchange, { close: () => agent.destroy() });
}
