import * as z from 'zod';

/** What a database carries, as its cluster's own statistics have it. What the cluster does not say is absent. */
export const Traffic = z.strictObject({
  /** Requests of clients. */
  requestsPerSecond: z.number().nonnegative().optional(),
  /** From sources of replication, compressed as it came. */
  syncBytesPerSecond: z.number().nonnegative().optional(),
});
export type Traffic = z.infer<typeof Traffic>;
