import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { UseCluster } from '../access.ts';
import type { SimulatedCluster } from '../cluster.ts';
import { isBefore } from '../version.ts';
import { answerRest, logTurnedAway, type RestAnswer } from './answer.ts';
import { certify } from './authority.ts';
import { versionOf } from './database.ts';
import type { RestRequest } from './message.ts';
import { send } from './send.ts';
import { type Credentials, SignIn } from './sign-in.ts';

export interface RestFrontOptions {
  use: UseCluster;
  credentials: Credentials;
  /**
   * Nodes that listen. A node whose address is a loopback address (`127.0.0.2`) listens there, on the port of the primary, as nodes of
   * a real cluster share a port; every other node listens on 127.0.0.1 and a port of its own. @default the primary
   */
  nodes?: number[];
  /** Present moment, for statistics. @default the clock of the machine */
  now?: () => Date;
}

export interface RestFront {
  /** Of the primary node, without a slash at the end. */
  readonly url: string;
  /** By node number. */
  readonly urls: ReadonlyMap<number, string>;
  /** PEM of the authority that the certificates of all nodes are signed by. */
  readonly ca: string;
  readonly caKey: string;
  readonly signIn: SignIn;
  /** From now on every node proves itself with this certificate, in PEM; connections that were open are cut. */
  present(certificate: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const isLoopback = (address: string): boolean => address.startsWith('127.');

/** Serves the management API of a simulated cluster over HTTPS. */
export async function startRestFront({ use, credentials, nodes, now = () => new Date() }: RestFrontOptions): Promise<RestFront> {
  const { name, primary, addresses } = await use((cluster) => ({
    name: cluster.name,
    primary: primaryOf(cluster),
    addresses: new Map(cluster.nodes.map(({ id, address }) => [id, isLoopback(address) ? address : LOOPBACK])),
  }));
  const authority = await certify([name, 'localhost'], [...new Set([LOOPBACK, ...addresses.values()])]);
  const signIn = new SignIn(credentials);
  const urls = new Map<number, string>();
  const servers: Server[] = [];
  const door: Door = { use, signIn, urls, now };
  for (const node of [primary, ...(nodes ?? []).filter((id) => id !== primary)]) {
    const host = addresses.get(node) ?? LOOPBACK;
    const server = createServer({ key: authority.key, cert: authority.cert }, (request, response) => {
      serve(door, node, request, response).catch(() => response.destroy());
    });
    servers.push(server);
    const shared = host === addresses.get(primary) ? 0 : Number(new URL(urls.get(primary) ?? '').port);
    urls.set(node, `https://${host}:${await listen(server, host, shared)}`);
  }
  const { ca, caKey } = authority;
  const present = (certificate: { readonly cert: string; readonly key: string }) => {
    for (const server of servers) {
      server.setSecureContext(certificate);
      server.closeAllConnections();
    }
  };
  return { url: urls.get(primary) ?? '', urls, ca, caKey, signIn, present, close: () => closeAll(servers) };
}

const primaryOf = ({ nodes }: SimulatedCluster): number => (nodes.find(({ role }) => role === 'master') ?? nodes[0])?.id ?? 1;

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

async function closeAll(servers: Server[]): Promise<void> {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}

interface Door {
  use: UseCluster;
  signIn: SignIn;
  urls: ReadonlyMap<number, string>;
  now: () => Date;
}

async function serve(door: Door, node: number, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(incoming).catch(() => undefined);
  // The caller left in the middle of its request.
  if (body === undefined) return;
  const request: RestRequest = {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    body,
    contentType: incoming.headers['content-type'] ?? '',
    node,
  };
  const { authorization } = incoming.headers;
  const answer = await door.use((cluster) => admit(door, cluster, request, authorization)).catch(ownFailure);
  if (answer === 'dead') response.socket?.destroy();
  else if ('location' in answer) response.writeHead(307, { location: answer.location }).end();
  else await send(response, answer, request.target);
}

/** A fault of the simulator, unlike anything that a cluster says. */
const ownFailure = (error: unknown): RestAnswer => ({
  reply: { status: 599, body: { error_code: 'simulator_failed', description: String(error) } },
  effects: [],
  delayMs: 0,
  stateId: 0,
});

function admit(
  door: Door,
  cluster: SimulatedCluster,
  request: RestRequest,
  authorization: string | undefined,
): RestAnswer | { location: string } | 'dead' {
  const node = cluster.nodes.find(({ id }) => id === request.node);
  if (node?.status.startsWith('DOWN')) return 'dead';
  if (!node) return turnedAway(cluster, request, 503);
  const primary = primaryOf(cluster);
  if (node.id !== primary && isForPrimary(cluster, request.target)) {
    logTurnedAway(cluster, request, 307);
    const base = door.urls.get(primary) ?? `https://${cluster.nodes.find(({ id }) => id === primary)?.address}:9443`;
    return { location: `${base}${request.target}` };
  }
  if (!door.signIn.accepts(authorization)) return turnedAway(cluster, request, 401);
  return answerRest(cluster, request, door.now());
}

function turnedAway(cluster: SimulatedCluster, request: RestRequest, status: number): RestAnswer {
  logTurnedAway(cluster, request, status);
  return { reply: { status }, effects: [], delayMs: 0, stateId: 0 };
}

/** What another node sends on: everything but its own affairs and, since it was fixed, the availability of a database. */
function isForPrimary(cluster: SimulatedCluster, target: string): boolean {
  if (cluster.handlesRedirects || target.startsWith('/v1/local/')) return false;
  const version = versionOf(cluster);
  const fixed = isBefore(version, '8.0.0-0') ? !isBefore(version, '7.22.2-79') : !isBefore(version, '8.0.10-64');
  return !(fixed && /^\/v1\/bdbs\/\d+\/availability(?:\?|$)/.test(target));
}
