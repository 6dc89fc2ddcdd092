import middy from '@middy/core';
import * as z from 'zod';
import { telemetry } from '../runtime/telemetry.ts';
import { type ReceptionDesk, receive } from './reception.ts';

/** An event of an HTTP API, payload format 2.0, as far as it is read here. A header that came twice is one value with commas. */
const HttpApiEvent = z.object({
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

interface HttpApiResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Takes in what the HTTP API was sent by anybody. */
export async function takeRequest(event: unknown, openDesk: () => Promise<ReceptionDesk>): Promise<HttpApiResponse> {
  const { data } = HttpApiEvent.safeParse(event);
  if (!data) return { statusCode: 400, headers: {}, body: '' };
  const { requestContext, headers, body, isBase64Encoded } = data;
  const rawBody = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const { status: statusCode, ...response } = await receive({ method: requestContext.http.method, headers, rawBody }, await openDesk());
  return { statusCode, ...response };
}

export const handler = middy()
  .use(telemetry)
  .handler(async (event: unknown) => takeRequest(event, (await import('../runtime/chat-desk.ts')).deployedDesk));
