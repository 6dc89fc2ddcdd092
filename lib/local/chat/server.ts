import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LARGEST_BODY_BYTES, type ReceptionDesk, receive } from '../../../lambdas/chatops/reception.ts';
import { SLACK_PATH } from '../../../lambdas/contracts/chat-settings.ts';
import { ConfigurationError } from '../../config/load.ts';

/** The body as it came, and of one that is too large as much as shows that it is. */
async function rawBodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > LARGEST_BODY_BYTES) break;
  }
  return Buffer.concat(parts);
}

/** A header that came twice is none that Slack sent. */
const headersOf = ({ headersDistinct }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headersDistinct).flatMap(([name, values]) => (values?.length === 1 ? [[name, values[0] ?? '']] : [])));

async function serve(request: IncomingMessage, response: ServerResponse, desk: ReceptionDesk): Promise<void> {
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== SLACK_PATH) {
    response.writeHead(404).end();
    return;
  }
  const { status, headers, body } = await receive(
    { method: request.method ?? '', headers: headersOf(request), rawBody: await rawBodyOf(request) },
    desk,
  );
  response.writeHead(status, { ...headers, ...(status === 413 && { connection: 'close' }) }).end(body);
}

/**
 * Serves the receiver to this machine only; whatever brings Slack's requests here is up to whoever runs it.
 * @param port - 0 for any that is free.
 * @throws ConfigurationError when the port cannot be listened at.
 */
export function listen(desk: ReceptionDesk, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request, response, desk).catch((error: unknown) => {
      // A request that broke off, or a fault of ours that was not foreseen.
      desk.log(`a request could not be answered: ${error instanceof Error ? error.name : 'unknown error'}`);
      response.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) => reject(new ConfigurationError(`--port ${port}: ${message}`)));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
