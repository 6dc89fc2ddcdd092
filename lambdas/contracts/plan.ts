import * as z from 'zod';
import { DatabaseIdSchema, EndpointIdSchema } from './facts.ts';
import { PROXY_POLICIES, SYNCER_MODES } from './words.ts';

/** Something sent to a cluster that changes it. */
export const Write = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('bind-policy'),
    database: DatabaseIdSchema,
    endpoint: EndpointIdSchema,
    policy: z.enum(PROXY_POLICIES),
  }),
  z.strictObject({
    kind: z.literal('bind-list'),
    database: DatabaseIdSchema,
    endpoint: EndpointIdSchema,
    list: z.enum(['include', 'exclude']),
    nodes: z.array(z.int().positive()).min(1),
  }),
  z.strictObject({ kind: z.literal('tune-syncer'), database: DatabaseIdSchema, mode: z.enum(SYNCER_MODES) }),
]);
export type Write = z.infer<typeof Write>;
export type BindPolicy = Extract<Write, { kind: 'bind-policy' }>;

export const PlanStep = z.strictObject({
  /** Name of the workflow state that sends the command. */
  name: z.string(),
  /** The command as the cluster will be told it. */
  command: z.string(),
});

export const Plan = z.strictObject({
  hash: z.string(),
  /** False when the database is already in the wanted state. */
  needed: z.boolean(),
  /** The flag says distributed and must be cleared before a policy is touched. */
  holdCentralized: z.boolean(),
  steps: z.array(PlanStep),
  /** What clients of the database may notice, one sentence each. */
  clientImpact: z.array(z.string()),
  warnings: z.array(z.string()),
  blockers: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;
