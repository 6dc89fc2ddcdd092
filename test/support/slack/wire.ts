/** HTTP, as Slack speaks it. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Args = Readonly<Record<string, unknown>>;

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Arguments that travel as JSON even inside a form. */
const STRUCTURED = new Set(['blocks', 'view', 'files', 'attachments', 'metadata']);

function structured(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Arguments of a call; undefined when its body is in a form that Slack does not take. */
export function argsIn(contentType: string, body: Buffer): Args | undefined {
  const text = body.toString('utf8');
  if (contentType.startsWith('application/json')) {
    const args = structured(text);
    return typeof args === 'object' && args !== null && !Array.isArray(args) ? (args as Args) : undefined;
  }
  if (text !== '' && !contentType.startsWith('application/x-www-form-urlencoded')) return undefined;
  const entries = [...new URLSearchParams(text)];
  return Object.fromEntries(entries.map(([name, value]) => [name, STRUCTURED.has(name) ? structured(value) : value]));
}

/** A file, sent as raw bytes or as the first part of a form. */
export async function fileIn(contentType: string, body: Buffer): Promise<string> {
  if (!contentType.startsWith('multipart/form-data')) return body.toString('utf8');
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const [part] = [...form.values()];
  return part === undefined ? '' : typeof part === 'string' ? part : await part.text();
}

export const isYes = (value: unknown): boolean => value === true || value === 'true' || value === '1';

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
