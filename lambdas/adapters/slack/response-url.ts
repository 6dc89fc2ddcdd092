import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { ChatError } from '../../ports/chat.ts';

export const RESPONSE_URL = 'response_url';

/** Slack's word for a fault: the answer is plain text or JSON. */
function wordIn(body: string): string | undefined {
  if (/^[a-z]+_[a-z_]+$/.test(body)) return body;
  try {
    const { ok, error }: { ok?: unknown; error?: unknown } = JSON.parse(body) ?? {};
    return ok !== true && typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Throws what the library would throw, so that both are sorted alike. */
function judge({ status, headers }: Response, body: string): void {
  const waitSeconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  if (status === 429 && waitSeconds >= 0) throw new WebAPIRateLimitedError(waitSeconds);
  const word = wordIn(body);
  if (word !== undefined) throw new WebAPIPlatformError({ ok: false, error: word });
  if (status === 404 || status === 410) throw new ChatError('late', `${RESPONSE_URL}: HTTP ${status}`);
  if (status !== 200) throw new WebAPIHTTPError(status, '', {});
}

/**
 * Says something to the one who acted, at the address that came with it. It works five times within thirty minutes, and whoever knows it
 * may write there: no error shows it.
 */
export async function postTo(url: string, text: string, limits: { fetch: typeof fetch; timeoutSeconds: number }): Promise<void> {
  const answer = await limits.fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ response_type: 'ephemeral', text }),
    redirect: 'error',
    signal: AbortSignal.timeout(limits.timeoutSeconds * 1000),
  });
  judge(answer, await answer.text());
}
