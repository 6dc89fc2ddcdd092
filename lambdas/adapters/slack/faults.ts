import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { ChatFailure } from '../../ports/chat.ts';
import { adviceOn, failureOf } from './failures.ts';

/** How one attempt of a call failed. */
export interface Fault {
  readonly failure: ChatFailure;
  /** What happened. Errors of the library and of `fetch` may show headers and addresses, so none of their words are in here. */
  readonly says: string;
  /** Another attempt may succeed within seconds. */
  readonly mayPass: boolean;
  /** False when Slack provably did not act on it. */
  readonly mayHaveActed: boolean;
  /** How long Slack asked us to wait, in seconds. */
  readonly waitSeconds?: number;
}

const NEVER_CONNECTED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const WORD = /^[a-z][a-z0-9_]{1,79}$/;
const POINTER = /\[json-pointer:(\/[a-z0-9_/]{1,100})\]/;

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Where in the blocks the fault is. What else Slack says may repeat what it was sent. */
function placeIn(answer: unknown): string {
  const messages = propertyOf(propertyOf(answer, 'response_metadata'), 'messages');
  const places = (Array.isArray(messages) ? messages : []).map((message) => POINTER.exec(String(message))?.[1]);
  const place = places.find((found) => found !== undefined);
  return place === undefined ? '' : ` at ${place}`;
}

function refusal(answer: unknown): Fault {
  const word = propertyOf(answer, 'error');
  // Something between us and Slack answers in pages of its own.
  if (typeof word !== 'string' || !WORD.test(word))
    return { failure: 'later', says: 'the answer is in an unknown form', mayPass: true, mayHaveActed: true };
  const advice = adviceOn(word, propertyOf(answer, 'needed'));
  return {
    failure: failureOf(word),
    says: `${word}${placeIn(answer)}${advice === undefined ? '' : ` (${advice})`}`,
    mayPass: false,
    mayHaveActed: false,
  };
}

const rateLimited = (seconds: number): Fault => ({
  failure: 'later',
  says: `rate limited for ${seconds} s`,
  mayPass: true,
  mayHaveActed: false,
  // Never at once, whatever it says, so that waiting ends.
  waitSeconds: Math.max(1, seconds),
});

/** Slack says 200 to everything but 429; others say that it is down, or come from something in between. */
const httpFault = (status: number): Fault => ({
  failure: 'later',
  says: `HTTP ${status}`,
  mayPass: status >= 500,
  mayHaveActed: status >= 500 && status !== 503,
});

function networkFault(thrown: unknown, limitSeconds: number): Fault {
  if (propertyOf(thrown, 'name') === 'TimeoutError')
    return { failure: 'later', says: `no complete answer within ${limitSeconds} s`, mayPass: true, mayHaveActed: true };
  const cause = propertyOf(thrown, 'cause') ?? thrown;
  const code = propertyOf(cause, 'code');
  const known = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
  const neverSent = (known !== undefined && NEVER_CONNECTED.has(known)) || propertyOf(cause, 'syscall') === 'connect';
  const problem = neverSent ? 'Slack cannot be reached' : 'there was no complete answer';
  return { failure: 'later', says: `${problem}${known ? ` (${known})` : ''}`, mayPass: true, mayHaveActed: !neverSent };
}

/** @param limitSeconds - how long an answer was waited for. */
export function faultOf(error: unknown, limitSeconds: number): Fault {
  if (error instanceof WebAPIPlatformError) return refusal(error.data);
  if (error instanceof WebAPIRateLimitedError) return rateLimited(error.retryAfter);
  if (error instanceof WebAPIHTTPError) return httpFault(error.statusCode);
  return networkFault(error instanceof WebAPIRequestError ? error.original : error, limitSeconds);
}
