import * as z from 'zod';

export const SAMPLE_STATES = [
  'good',
  'unsettled',
  'bad',
  'unhealthy',
  'peer-down',
  'full-sync',
  'sync-stopped',
  'degraded',
  'foreign',
  'unmeasured',
] as const;

/** One look at the database after a write. */
export const Sample = z.strictObject({
  at: z.string(),
  /**
   * `unsettled`: still at work, neither good nor bad. `bad`: a setting is not as wanted. `unhealthy`: replication is worse than before;
   * `peer-down`: it cannot work because a peer is gone; `full-sync`, `sync-stopped`: every further write would be dangerous.
   * `degraded`: a node or shard is down. `foreign`: changed by somebody else. `unmeasured`: could not be read.
   */
  state: z.enum(SAMPLE_STATES),
  /** Why it is not good, one sentence each. */
  problems: z.array(z.string()),
  /** Largest lag of any source, in milliseconds, where it is known. */
  lagMs: z.number().nonnegative().optional(),
});
export type Sample = z.infer<typeof Sample>;

/** All samples so far in constant size, so that the state of an execution does not grow while it watches. */
export const Tally = z.strictObject({
  startedAt: z.string(),
  taken: z.int().nonnegative(),
  /** State of the latest samples, how many in a row had it, and since when. */
  streak: z.strictObject({ state: z.enum(SAMPLE_STATES), length: z.int().positive(), since: z.string() }).optional(),
  /** How often a good sample was followed by a bad or unhealthy one or the other way round. */
  flips: z.int().nonnegative(),
  /** Problems of the latest sample that was not good. */
  problems: z.array(z.string()),
});
export type Tally = z.infer<typeof Tally>;

export const VERDICTS = ['passed', 'failed', 'inconclusive', 'errored'] as const;
export type Verdict = (typeof VERDICTS)[number];
