import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the clock of a request may be from ours, in seconds: an older one may have been recorded and sent again. */
const LONGEST_AGE_SECONDS = 300;

export interface SignedRequest {
  /** The bytes of the body as they came. */
  readonly rawBody: Buffer;
  /** Header `X-Slack-Request-Timestamp`: seconds since 1970. */
  readonly timestamp: string | undefined;
  /** Header `X-Slack-Signature`. */
  readonly signature: string | undefined;
  readonly signingSecret: string;
  readonly now: Date;
}

/**
 * Whether a request was signed by Slack in these minutes. Whatever is not of the documented form is not signed.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isSigned({ rawBody, timestamp = '', signature = '', signingSecret, now }: SignedRequest): boolean {
  if (!signingSecret || !/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) return false;
  // Also false when the clock cannot be compared.
  if (!(Math.abs(now.getTime() / 1000 - Number(timestamp)) <= LONGEST_AGE_SECONDS)) return false;
  const expected = `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')}`;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}
