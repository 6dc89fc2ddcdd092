import { StepError, type StepErrorName } from '../../contracts/errors.ts';

/** A request that got no answer which could be used. */
export class RequestFailure extends StepError {
  /** False when the cluster provably did not act on it. */
  readonly mayHaveActed: boolean;
  /** The cause may pass by itself, so that a read may be repeated. */
  readonly mayPass: boolean;
  /** The credentials were refused: nothing more may be sent with them. */
  readonly locksOut: boolean;

  constructor(
    name: StepErrorName,
    message: string,
    traits: { mayHaveActed?: boolean; mayPass?: boolean; locksOut?: boolean; cause?: unknown } = {},
  ) {
    super(name, message, traits.cause === undefined ? undefined : { cause: traits.cause });
    this.mayHaveActed = traits.mayHaveActed ?? false;
    this.mayPass = traits.mayPass ?? false;
    this.locksOut = traits.locksOut ?? false;
  }
}

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|CERT_(?:UNTRUSTED|SIGNATURE_FAILURE|CHAIN_TOO_LONG)|INVALID_CA/;
const NEVER_CONNECTED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

const propertyOf = (error: unknown, name: 'code' | 'syscall' | 'name'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
};

/** What to do about a certificate or handshake that failed, or undefined when the error is of another kind. */
function tlsAdvice(code: string): string | undefined {
  if (UNTRUSTED.test(code)) return 'its certificate is not signed by a known authority: configure `ca` with the one that signed it';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name: use the name in the certificate in the `url`';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'its certificate is not valid now: have it renewed, and configure `ca` anew if its authority changed';
  if (
    /^(?:CERT_|CRL_|ERROR_IN_|ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|UNSPECIFIED)/.test(
      code,
    )
  )
    return 'the TLS handshake failed: compare the TLS version, the ciphers, the signatures of the certificates and whether a client certificate is asked for';
  return undefined;
}

/** A path for people: without the long list of fields that a read names. */
export const shortPath = (path: string): string => path.replace(/\?fields=.*$/, '');

/**
 * The named error for a failed exchange.
 * @param what - the request in words, without credentials.
 */
export function failureOf(error: unknown, what: string, limitSeconds: number): RequestFailure {
  if (error instanceof RequestFailure) return error;
  const code = propertyOf(error, 'code');
  const advice = tlsAdvice(code);
  if (advice) return new RequestFailure('ClusterAccessError', `${what}: ${advice} (${code})`, { cause: error });
  if (propertyOf(error, 'name') === 'TimeoutError')
    return new RequestFailure('ClusterUnreachableError', `${what}: no complete answer within ${limitSeconds} s`, {
      mayHaveActed: true,
      mayPass: true,
      cause: error,
    });
  const neverSent = NEVER_CONNECTED.has(code) || propertyOf(error, 'syscall') === 'connect';
  const problem = neverSent ? 'cannot be reached' : 'the connection broke before there was a complete answer';
  return new RequestFailure('ClusterUnreachableError', `${what}: ${problem}${code && ` (${code})`}`, {
    mayHaveActed: !neverSent,
    mayPass: true,
    cause: error,
  });
}
