import * as z from 'zod';
import { type DatabaseId, type EndpointId, PROXY_POLICIES, REPLICATION_KINDS, SYNCER_MODES } from './words.ts';

const nodeId = z.int().positive();
const nodeIds = z.array(nodeId);
export const DatabaseIdSchema = z.string().regex(/^db:[1-9]\d{0,8}$/, 'expected an id like db:7') as unknown as z.ZodType<DatabaseId>;
export const EndpointIdSchema = z
  .string()
  .regex(/^[1-9]\d{0,8}:[1-9]\d{0,8}$/, 'expected an id like 7:1') as unknown as z.ZodType<EndpointId>;

/** A database pinned to its id: the only address that commands use. */
export const DatabaseRef = z.strictObject({ cluster: z.string(), id: DatabaseIdSchema, name: z.string() });
export type DatabaseRef = z.infer<typeof DatabaseRef>;

export const EndpointFacts = z.strictObject({
  id: EndpointIdSchema,
  policy: z.enum(PROXY_POLICIES),
  /** Nodes that the include list adds to the policy's own set, ascending. */
  include: nodeIds,
  exclude: nodeIds,
  /** Distinct nodes whose proxy serves the endpoint now, ascending. */
  nodes: nodeIds,
  /** Why the nodes cannot be told, where the cluster contradicts itself about them; `nodes` is empty then. */
  unclear: z.string().optional(),
});
export type EndpointFacts = z.infer<typeof EndpointFacts>;

export const NodeFacts = z.strictObject({
  id: nodeId,
  /** As printed; healthy only when exactly `OK`. */
  status: z.string(),
  version: z.string(),
  /** `data`: can host endpoints. `quorum-only`: never does. `empty`: hosts nothing now, most likely under maintenance. */
  kind: z.enum(['data', 'quorum-only', 'empty']),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** What is known about one database at one moment. */
export const DatabaseFacts = z.strictObject({
  database: DatabaseRef,
  /** When the reading ended, ISO 8601. */
  readAt: z.string(),
  /** As printed; changeable only when exactly `active`. */
  status: z.string(),
  /** Job that runs on the database; null when the cluster says none; absent when it does not say. */
  job: z.string().nullable().optional(),
  syncerMode: z.enum(SYNCER_MODES),
  /** Default policy of the database. The endpoints' own policy is the truth. */
  databasePolicy: z.string().optional(),
  ossCluster: z.boolean().optional(),
  /** How it replicates, where the cluster says; rladmin does not. */
  replication: z.enum(REPLICATION_KINDS).optional(),
  /** What the members of one Active-Active group have in common across clusters: its GUID, where the cluster says. */
  group: z.string().optional(),
  endpoints: z.array(EndpointFacts),
  /** Distinct nodes that host a primary shard, ascending. */
  primaryNodes: nodeIds,
  /** Shards of this database that are not `OK`, as printed. */
  sickShards: z.array(z.string()),
  nodes: z.array(NodeFacts),
});
export type DatabaseFacts = z.infer<typeof DatabaseFacts>;

/** What is known about the cluster as a whole; an absent value means that the cluster did not say. */
export const ClusterConditions = z.strictObject({
  runningActions: z.array(z.string()).optional(),
  upgradeMode: z.boolean().optional(),
});
export type ClusterConditions = z.infer<typeof ClusterConditions>;
