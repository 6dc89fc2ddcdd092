import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A host that is none of ours, behind a name of its own. It answers nobody and remembers what it was sent. */
export class ForeignHost {
  readonly received: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('data', (bytes) => this.received.push(bytes.toString('latin1')));
    this.received.push('a connection');
  });

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  /** Clusters are known by their address, so this name is of somebody else. */
  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the host listens on no port');
    return `localhost:${address.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
