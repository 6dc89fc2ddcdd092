/**
 * What an error of Systems Manager says about the request. `throttled`, `unsent`, `credentials` and `refused`: it provably had no effect.
 * `unclear`: it may have had one.
 */
export type Fault = 'throttled' | 'unsent' | 'credentials' | 'refused' | 'wrong-node' | 'not-there-yet' | 'unclear';

const BY_NAME: Readonly<Record<string, Fault>> = {
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  ThrottledException: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  InvalidInstanceId: 'wrong-node',
  InvocationDoesNotExist: 'not-there-yet',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  RequestExpired: 'credentials',
  InvalidClientTokenId: 'credentials',
  UnrecognizedClientException: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
  AccessDenied: 'refused',
  AccessDeniedException: 'refused',
  DuplicateInstanceId: 'refused',
  InvalidDocument: 'refused',
  InvalidDocumentVersion: 'refused',
  InvalidParameters: 'refused',
  MaxDocumentSizeExceeded: 'refused',
  UnsupportedPlatformType: 'refused',
  ValidationException: 'refused',
  // Answers with a status of the 4xx kind that do not say that the request was turned down.
  RequestTimeout: 'unclear',
  RequestTimeoutException: 'unclear',
};

/** Codes of connections that were never made. */
const NEVER_CONNECTED = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];

export function faultOf(error: unknown): Fault {
  const { name = '', code = '', $metadata } = errorFacts(error);
  const named = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (named) return named;
  if (NEVER_CONNECTED.includes(code)) return 'unsent';
  const status = $metadata?.httpStatusCode ?? 0;
  if (status === 429) return 'throttled';
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unclear';
}

interface ErrorFacts {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}
const errorFacts = (error: unknown): ErrorFacts => (typeof error === 'object' && error !== null ? error : {});

/** One line for people. */
export function problemOf(error: unknown): string {
  const { name, message, code } = errorFacts(error);
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return 'no AWS credentials were found; sign in, or set AWS_PROFILE';
  const kind = name && name !== 'Error' ? name : code;
  const text = (message || String(error)).replace(/\s+/g, ' ').trim();
  return kind && !text.includes(kind) ? `${kind}: ${text}` : text;
}
