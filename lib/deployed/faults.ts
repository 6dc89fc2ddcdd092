import { ConfigurationError } from '../config/load.ts';

/**
 * What an error of an AWS call says. `passing`: it may work in a moment. `credentials`: somebody has to sign in again.
 * `refused`: AWS answered and said no. `ours`: it does not come from AWS at all.
 */
export type Fault = 'passing' | 'credentials' | 'refused' | 'ours';

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
]);
const PASSING = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
]);
/** Codes of connections that were never made: what was to be sent has not been. */
const NEVER_CONNECTED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_SOCKET_CLOSED', 'UND_ERR_SOCKET']);

interface ErrorFacts {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly $fault?: string;
  readonly $retryable?: object;
  readonly $metadata?: { readonly httpStatusCode?: number };
}
const factsOf = (error: unknown): ErrorFacts => (typeof error === 'object' && error !== null ? error : {});

/** The error and those behind it: Node hides the codes of several attempts to connect, and adapters those of the SDK. */
function layersOf(error: unknown, depth = 0): ErrorFacts[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [factsOf(error).cause];
  return [factsOf(error), ...inner.flatMap((next) => layersOf(next, depth + 1))];
}

export function faultOf(error: unknown): Fault {
  const layers = layersOf(error);
  const is = (names: ReadonlySet<unknown>) => layers.some(({ name, code }) => names.has(name) || names.has(code));
  if (is(CREDENTIALS)) return 'credentials';
  const status = layers.find(({ $metadata }) => $metadata?.httpStatusCode !== undefined)?.$metadata?.httpStatusCode ?? 0;
  if (is(PASSING) || is(NEVER_CONNECTED) || is(BROKEN) || status >= 500 || status === 429) return 'passing';
  // Something between here and AWS answered in its place, with a page for people.
  const isForeignAnswer = status > 0 && is(new Set(['SyntaxError']));
  if (isForeignAnswer || layers.some(({ $retryable }) => $retryable)) return 'passing';
  if (status > 0 || layers.some(({ $fault }) => $fault)) return 'refused';
  return isRegionMissing(error) ? 'refused' : 'ours';
}

/** True when the request cannot have reached AWS. */
export const wasNeverSent = (error: unknown): boolean =>
  faultOf(error) === 'credentials' ||
  layersOf(error).some(({ code, message }) => NEVER_CONNECTED.has(String(code)) || /without establishing a connection/.test(message ?? ''));

export const hasName = (error: unknown, ...names: string[]): boolean => layersOf(error).some(({ name }) => name && names.includes(name));

const isRegionMissing = (error: unknown): boolean => /region (?:is missing|not accepted)/i.test(factsOf(error).message ?? '');

/** One line for people. What AWS says of a signature goes on with the request that it was made for, so only the first line is kept. */
export function problemOf(error: unknown): string {
  const named = layersOf(error).find(({ name, message }) => name && name !== 'Error' && message);
  const { name, message, code } = named ?? layersOf(error).find((layer) => layer.code || layer.message) ?? {};
  const text = (message ?? '').split('\n')[0]?.replace(/\s+/g, ' ').trim() || String(code ?? name ?? error);
  const kind = name && name !== 'Error' ? name : code;
  return kind && !text.includes(String(kind)) ? `${kind}: ${text}` : text;
}

/**
 * An error that a person can act on, as one sentence.
 * @param what - what was being done, to begin the sentence with.
 * @returns the error itself when it does not come from AWS.
 */
export function inOneSentence(error: unknown, what: string): unknown {
  // Told already, by who knew more.
  if (error instanceof ConfigurationError) return error;
  const told = (sentence: string) => new ConfigurationError(`${what}: ${sentence}`, { cause: error });
  if (isRegionMissing(error))
    return told('no AWS region is configured, or none that can be; set AWS_REGION, or a region in your AWS profile');
  const fault = faultOf(error);
  const problem = problemOf(error);
  if (fault === 'ours') return error;
  if (fault === 'passing') return told(`AWS cannot be reached or is busy (${problem}); try again`);
  if (fault === 'credentials') return told(credentialsInWords(error, problem));
  if (hasName(error, 'AccessDeniedException', 'AccessDenied')) return told(`access is denied to the AWS identity in use (${problem})`);
  return told(`AWS refused it (${problem})`);
}

function credentialsInWords(error: unknown, problem: string): string {
  if (hasName(error, 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired') || /expired/i.test(problem))
    return `the AWS credentials have expired; sign in again (${problem})`;
  if (hasName(error, 'CredentialsProviderError', 'TokenProviderError'))
    return `no AWS credentials were found; sign in, or set AWS_PROFILE (${problem})`;
  return `AWS does not accept the credentials (${problem})`;
}
