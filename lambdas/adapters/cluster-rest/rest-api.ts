import { isIP } from 'node:net';
import { StepError } from '../../contracts/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { basicAuthorization, type Credentials } from './credentials.ts';
import { type Exchange, openExchange, type RawAnswer } from './exchange.ts';
import { RequestFailure, shortPath } from './failure.ts';
import { addressesOfNodes } from './node-addresses.ts';
import { hiding, redactBody } from './redact.ts';
import { assertKnownHost, assertProvableHost, assertStillDryRun, hostOf, redirectedTwice, redirectTarget } from './redirect.ts';
import { Slots } from './slots.ts';

export { parseCredentials } from './credentials.ts';

export interface RestEvent {
  readonly command: string;
  /** HTTP status; null without an answer. */
  readonly exitCode: number | null;
  readonly output: string;
}
export type Observe = (event: RestEvent) => Promise<void>;

export interface RestApiProps {
  /** Like `https://cluster.example.com:9443`. */
  readonly url: string;
  readonly clock: Clock;
  /** Asked once, when first needed. */
  readonly credentials: () => Promise<Credentials>;
  /** The authority that signed the cluster's certificate, PEM; undefined for a publicly known one. Asked once. */
  readonly ca?: () => Promise<string | undefined>;
  /** Longest wait for one answer, in seconds. @default 30 for GET, 120 for PUT */
  readonly limits?: { readonly get: number; readonly put: number };
  /** Between 0 and 1. @default Math.random */
  readonly random?: () => number;
}

export interface RestRequest {
  readonly method: 'GET' | 'PUT';
  /** Path and query. */
  readonly path: string;
  readonly body?: Fields;
  /** Only validates: refused here if its address does not say so. */
  readonly dryRun?: boolean;
  /** Address of the node that is to answer itself, instead of the configured host. */
  readonly node?: string;
  /** Longest wait for one answer, in seconds; the shorter of this and the API's own limit counts. */
  readonly limitSeconds?: number;
  /** How long a read may be repeated. @default 60 */
  readonly patienceSeconds?: number;
  /** Statuses that are an answer here although elsewhere they mean that the cluster is in trouble. */
  readonly answers?: readonly number[];
}
type Fields = Readonly<Record<string, unknown>>;

export interface RestAnswer {
  readonly status: number;
  /** The body as JSON; undefined when it is empty or something else. */
  readonly body: unknown;
  readonly isHtml: boolean;
}

const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const REDIRECTS: ReadonlySet<number> = new Set([307, 308]);
const MOST_REPEATS = 5;
const PATIENCE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 30;
/** As much of one answer as a record keeps: what the strictest transport can carry. */
const RECORDED_CHARACTERS = 24_000;
const MOST_REQUESTS = 2;

/** How a request is written in records: `PUT /v1/bdbs/7 {"crdt_sync_dist":true}`. */
export const commandOf = ({ method, path, body }: Pick<RestRequest, 'method' | 'path' | 'body'>): string =>
  body === undefined ? `${method} ${path}` : `${method} ${path} ${JSON.stringify(body)}`;

/** Remembers what a function gave; a failure is not remembered. */
function once<T>(get: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= get().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

/** What a cluster turned out to be like. */
export interface Findings {
  /** Parts of the API that this version does not have. */
  readonly lacking: Set<string>;
  /** Nodes that could not be reached from here, with the moment of the attempt in milliseconds. */
  readonly outOfReach: Map<number, number>;
}

interface Session {
  readonly exchange: Exchange;
  readonly authorization: string;
  readonly credentials: Credentials;
  readonly hasOwnAuthority: boolean;
}

/**
 * The management API of one cluster over HTTPS. TLS is always verified. Reads are repeated while the cluster is in passing trouble,
 * writes never. Redirects are followed once, to nodes of this cluster only. Credentials that were refused are never sent again,
 * because the cluster locks an account after a few of those.
 */
export class RestApi {
  /** Found out once for as long as this lives. */
  readonly found: Findings = { lacking: new Set(), outOfReach: new Map() };
  readonly #props: Required<Pick<RestApiProps, 'limits' | 'random'>> & RestApiProps;
  readonly #base: URL;
  readonly #slots = new Slots(MOST_REQUESTS);
  readonly #session: () => Promise<Session>;
  #nodeAddresses: ReadonlySet<string> = new Set();
  #refused: RequestFailure | undefined;
  #exchanging: Exchange | undefined;

  /** @throws StepError `ClusterAccessError` for a url that is not https. */
  constructor(props: RestApiProps) {
    this.#props = { limits: { get: 30, put: 120 }, random: Math.random, ...props };
    const base = URL.parse(props.url);
    if (base?.protocol !== 'https:') throw new StepError('ClusterAccessError', 'the url of the REST API is not an https:// address');
    this.#base = base;
    this.#session = once(() => this.#open());
  }

  /** Lets go of every connection. */
  async close(): Promise<void> {
    await this.#exchanging?.close();
  }

  /**
   * Sends one request and gives its answer, whatever the status, other than 401 and those that mean passing trouble.
   * @param observe - told of every request that leaves, repeats and redirects included.
   * @throws RequestFailure, a StepError `ClusterUnreachableError`, `ClusterAccessError` or `ClusterOutputError`.
   */
  async send(request: RestRequest, observe: Observe): Promise<RestAnswer> {
    const { clock } = this.#props;
    const startedAt = clock.now().getTime();
    const patienceSeconds = Math.min(PATIENCE_SECONDS, request.patienceSeconds ?? PATIENCE_SECONDS);
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await this.#slots.run(() => this.#ask(request, observe));
      } catch (error) {
        if (!(error instanceof RequestFailure) || !error.mayPass || request.method !== 'GET' || repeats >= MOST_REPEATS) throw error;
        const pauseSeconds = Math.min(LONGEST_PAUSE_SECONDS, 2 ** repeats) * (0.5 + this.#props.random() / 2);
        if ((clock.now().getTime() - startedAt) / 1000 + pauseSeconds > patienceSeconds) throw error;
        await clock.sleep(pauseSeconds);
      }
    }
  }

  async #open(): Promise<Session> {
    const { credentials, ca } = this.#props;
    const known = await ask(credentials, 'the credentials');
    const authority = ca && (await ask(ca, 'the certificate of the authority'));
    const host = hostOf(this.#base);
    const authorization = basicAuthorization(known);
    this.#exchanging = openExchange(authority, isIP(host) === 0 ? host : undefined);
    return {
      exchange: this.#exchanging,
      authorization,
      credentials: known,
      hasOwnAuthority: authority !== undefined,
    };
  }

  #origin(node: string | undefined): string {
    if (node === undefined) return this.#base.origin;
    const origin = new URL(this.#base.origin);
    origin.hostname = isIP(node) === 6 ? `[${node}]` : node;
    return origin.origin;
  }

  async #ask(request: RestRequest, observe: Observe): Promise<RestAnswer> {
    const origin = this.#origin(request.node);
    const what = `${request.method} ${origin}${shortPath(request.path)}`;
    const first = await this.#exchange(request, origin, observe);
    if (!REDIRECTS.has(first.status)) return answerOf(first);
    const target = redirectTarget(first.location, origin, what);
    await this.#assertMayFollow(target, what, observe);
    // Only the host of the new place is taken over: method, body, path and query stay, and with them a `dry_run`.
    const second = await this.#exchange(request, target.origin, observe);
    if (REDIRECTS.has(second.status)) throw redirectedTwice(what);
    return answerOf(second);
  }

  async #assertMayFollow(target: URL, what: string, observe: Observe): Promise<void> {
    const configuredHost = hostOf(this.#base);
    const host = hostOf(target);
    if (host !== configuredHost && !this.#nodeAddresses.has(host)) this.#nodeAddresses = await this.#learnNodes(observe);
    assertKnownHost(target, configuredHost, this.#nodeAddresses, what);
  }

  async #learnNodes(observe: Observe): Promise<ReadonlySet<string>> {
    const { hasOwnAuthority } = await this.#session();
    const request: RestRequest = { method: 'GET', path: '/v1/nodes' };
    const what = `GET ${this.#base.origin}/v1/nodes`;
    const first = await this.#exchange(request, this.#base.origin, observe);
    if (!REDIRECTS.has(first.status)) return addressesOfNodes(answerOf(first).body);
    const target = redirectTarget(first.location, this.#base.origin, what);
    assertProvableHost(target, { configuredHost: hostOf(this.#base), hasOwnAuthority }, what);
    const second = await this.#exchange(request, target.origin, observe);
    if (REDIRECTS.has(second.status)) throw redirectedTwice(what);
    const addresses = addressesOfNodes(answerOf(second).body);
    assertKnownHost(target, hostOf(this.#base), addresses, what);
    return addresses;
  }

  /** One request and its answer, recorded. */
  async #exchange(request: RestRequest, origin: string, observe: Observe): Promise<RawAnswer> {
    if (this.#refused) throw this.#refused;
    const { exchange, authorization, credentials } = await this.#session();
    const { method, path, body } = request;
    assertStillDryRun(request.dryRun ?? false, `${origin}${path}`);
    const command = commandOf(request);
    const own = method === 'GET' ? this.#props.limits.get : this.#props.limits.put;
    const limitSeconds = Math.min(own, request.limitSeconds ?? own);
    const hide = hiding([authorization.slice('Basic '.length), credentials.password]);
    let answer: RawAnswer;
    try {
      const raw = { origin, path, method, authorization, limitSeconds, body: body === undefined ? undefined : JSON.stringify(body) };
      const answered = await exchange(raw);
      // What an error says is quoted. The body of a success is data: a password that reads like one of its words must not change it.
      answer = answered.status === 200 ? answered : { ...answered, text: hide(answered.text) };
    } catch (error) {
      await observe({ command, exitCode: null, output: error instanceof Error ? hide(error.message).slice(0, RECORDED_CHARACTERS) : '' });
      throw error;
    }
    // Latched before anything else can happen: the next request would be one more failed login.
    if (answer.status === 401) this.#refused = refusal(`${method} ${shortPath(path)}`);
    await observe({ command, exitCode: answer.status, output: redactBody(hide(answer.text)).slice(0, RECORDED_CHARACTERS) });
    if (this.#refused) throw this.#refused;
    if (answer.status === 429) this.#slots.narrow();
    if (method === 'GET' && PASSING.has(answer.status) && !request.answers?.includes(answer.status))
      throw new RequestFailure(
        'ClusterUnreachableError',
        `${method} ${shortPath(path)} was answered ${answer.status}: the cluster is in trouble or busy`,
        {
          mayPass: true,
        },
      );
    return answer;
  }
}

const refusal = (what: string) =>
  new RequestFailure(
    'ClusterAccessError',
    `${what} was answered 401: the cluster refuses the credentials. Check user and password, whether the account is locked, and ` +
      'whether Basic authentication is switched off. They are not sent again, because repeating locks the account',
    { locksOut: true },
  );

function answerOf({ status, contentType, text }: RawAnswer): RestAnswer {
  const isHtml = /html/i.test(contentType) || /^\s*<(?:!doctype|html)/i.test(text);
  if (isHtml || !/json/i.test(contentType)) return { status, body: undefined, isHtml };
  try {
    return { status, body: JSON.parse(text) as unknown, isHtml };
  } catch {
    return { status, body: undefined, isHtml };
  }
}

/** @throws StepError `ClusterAccessError` that says what is missing and never why in the words of whoever keeps it. */
async function ask<T>(get: () => Promise<T>, what: string): Promise<T> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof StepError) throw error;
    throw new StepError('ClusterAccessError', `${what} of the REST API cannot be read`);
  }
}
