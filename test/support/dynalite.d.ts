declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** A server that speaks the API of DynamoDB and keeps everything in memory. */
  export default function dynalite(options?: { createTableMs?: number }): Server;
}
