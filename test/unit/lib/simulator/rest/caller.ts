import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { inMemory } from '../../../../../lib/simulator/access.ts';
import type { SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import { type RestFront, type RestFrontOptions, startRestFront } from '../../../../../lib/simulator/rest/front.ts';

export const CREDENTIALS = { username: 'syncshift@example.net', password: 'right' };
export const NOW = new Date('2026-12-01T03:00:00Z');

export const frontOf = (cluster: SimulatedCluster, options: Partial<RestFrontOptions> = {}): Promise<RestFront> =>
  startRestFront({ use: inMemory(cluster), credentials: CREDENTIALS, now: () => NOW, ...options });

export interface Said {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Undefined when the body is no JSON. */
  json: unknown;
}

export interface Call {
  method?: string;
  body?: unknown;
  /** Base of the node that is asked. @default the primary */
  url?: string;
  password?: string;
  headers?: Record<string, string>;
  /** Name that the certificate has to be for. */
  servername?: string;
  ca?: string;
}

/** Node's own client, with nothing but the authority to trust. Rejects when the connection breaks. */
export async function call(front: RestFront, path: string, options: Call = {}): Promise<Said> {
  const { method = 'GET', body, url = front.url, password = CREDENTIALS.password, headers = {}, servername, ca = front.ca } = options;
  const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Said>();
  const outgoing = request(
    `${url}${path}`,
    {
      method,
      ca,
      agent: false,
      ...(servername !== undefined && { servername }),
      auth: `${CREDENTIALS.username}:${password}`,
      headers: { accept: 'application/json', ...(sent && { 'content-type': 'application/json' }), ...headers },
    },
    (response) => {
      text(response).then((said) => {
        const isJson = response.headers['content-type'] === 'application/json';
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said, json: isJson ? attempt(said) : undefined });
      }, reject);
    },
  );
  outgoing.on('error', reject);
  outgoing.end(sent);
  return promise;
}

function attempt(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

export const put = (front: RestFront, body: unknown, path = '/v1/bdbs/7'): Promise<Said> => call(front, path, { method: 'PUT', body });
