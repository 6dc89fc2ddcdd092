import * as z from 'zod';
import { DatabaseIdSchema } from './facts.ts';
import { RELATIONS, REPLICATION_KINDS, SYNCER_MODES } from './words.ts';

/** One source that a database pulls changes from, as the cluster reports it. Addresses stay out: they carry credentials. */
export const SourceHealth = z.strictObject({
  /** Number of the source within its relation. */
  id: z.string(),
  relation: z.enum(RELATIONS),
  /** As reported; healthy only when exactly `in-sync`. */
  status: z.string(),
  /** Replication lag in milliseconds; absent when the cluster does not say, as while a source is not in sync. */
  lagMs: z.number().nonnegative().optional(),
  /** Absent when there is none. Credentials are taken out. */
  lastError: z.string().optional(),
  /** Bytes of a snapshot being or last transferred: what grows means a full sync. */
  rdbSize: z.number().nonnegative().optional(),
  rdbTransferred: z.number().nonnegative().optional(),
});
export type SourceHealth = z.infer<typeof SourceHealth>;

/** How the replication of one database is doing at one moment, seen from its own cluster. What the cluster does not say is absent. */
export const ReplicationHealth = z.strictObject({
  /** When the reading ended, ISO 8601. */
  readAt: z.string(),
  kind: z.enum(REPLICATION_KINDS),
  /** GUID of its Active-Active group. */
  group: z.string().optional(),
  /** Identity and settings as this way in sees them: they have to agree with the one that changes the database. */
  seen: z.strictObject({
    id: DatabaseIdSchema,
    name: z.string(),
    syncerMode: z.enum(SYNCER_MODES).optional(),
    /** Numbers of the cluster's nodes, ascending. */
    nodes: z.array(z.int().positive()),
  }),
  /** State of each relation that the database has: `enabled`, `disabled`, `paused`, `stopped`, or another word as reported. */
  sync: z.array(z.strictObject({ relation: z.enum(RELATIONS), state: z.string() })),
  sources: z.array(SourceHealth),
  /** Participating clusters of an Active-Active database, from the health report. */
  peers: z.array(z.strictObject({ name: z.string(), up: z.boolean() })).optional(),
  /** The availability check of the cluster, with its lag check where the version has one. */
  availability: z.strictObject({ available: z.boolean(), lagChecked: z.boolean(), detail: z.string().optional() }).optional(),
  /** Names of the syncer alerts that are raised now. */
  alerts: z.array(z.string()).optional(),
  /** A change restarts the syncer when this is false. */
  reconfigurable: z.boolean().optional(),
});
export type ReplicationHealth = z.infer<typeof ReplicationHealth>;

/**
 * Lag of the recent past from the cluster's own statistics. The vendor does not state the unit of these figures, so they are raw here;
 * `baselineOf` finds it by comparison.
 */
export const LagStatistics = z.strictObject({
  intervalSeconds: z.number().positive(),
  /** Oldest first, all sources together. */
  values: z.array(z.number().nonnegative()),
});
export type LagStatistics = z.infer<typeof LagStatistics>;

/** What lag was like before the change. */
export const LagBaseline = z.strictObject({
  p95Ms: z.number().nonnegative(),
  /** How many figures it is made of. */
  samples: z.int().nonnegative(),
  /** `statistics`: of the last minutes. `reading`: only of the inspection itself. */
  from: z.enum(['statistics', 'reading']),
});
export type LagBaseline = z.infer<typeof LagBaseline>;

/** Health as it was before the change: what everything later is compared with. */
export const HealthBefore = z.strictObject({ reading: ReplicationHealth, baseline: LagBaseline });
export type HealthBefore = z.infer<typeof HealthBefore>;
