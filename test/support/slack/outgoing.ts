/** Requests of Slack to the app. */
import { createHmac } from 'node:crypto';

/** Where the app is told what people do: one address for everything, or one for commands and one for the rest. */
export type Receiver = string | { readonly commands: string; readonly interactions: string };

export interface SlackRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the app answered. */
export interface Received {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  /** How long it took, by the clock on the wall. */
  readonly seconds: number;
}

/** Slack waits no longer for an answer, and tells the person so. */
const PATIENCE_SECONDS = 3;

/** @param timestamp - seconds since 1970. */
export const signatureOf = (signingSecret: string, timestamp: string, body: string): string =>
  `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;

export const signedHeaders = (signingSecret: string, at: Date, body: string): Record<string, string> => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    Accept: 'application/json,*/*',
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Slack-Request-Timestamp': timestamp,
    'X-Slack-Signature': signatureOf(signingSecret, timestamp, body),
  };
};

/** @throws Error when the app does not answer in time. */
export async function deliver({ url, headers, body }: SlackRequest): Promise<Received> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_SECONDS * 1000) });
    return { status: answer.status, body: await answer.text(), headers: answer.headers, seconds: seconds() };
  } catch (error) {
    const word = error instanceof Error && error.name === 'TimeoutError' ? 'operation_timeout' : 'dispatch_failed';
    throw new Error(`Slack shows ${word} to the person, after ${seconds().toFixed(1)} s`, { cause: error });
  }
}
