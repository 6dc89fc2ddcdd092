import * as z from 'zod';
import { DatabaseIdSchema, EndpointIdSchema } from './facts.ts';
import { PROXY_POLICIES, RELATIONS, SYNCER_MODES } from './words.ts';

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
  z.strictObject({
    kind: z.literal('tune-syncer'),
    database: DatabaseIdSchema,
    mode: z.enum(SYNCER_MODES),
    /** The relation whose flag is set, for a way in that has a flag for each; rladmin has one command for both. */
    relation: z.enum(RELATIONS).optional(),
  }),
]);
export type Write = z.infer<typeof Write>;
export type BindPolicy = Extract<Write, { kind: 'bind-policy' }>;

/**
 * What came back from a write. It is a hint: what a write did is decided by reading.
 * `none`: no answer at all, so the write may or may not have happened. `not-sent`: it provably never left.
 */
export interface WriteAnswer {
  readonly kind: 'accepted' | 'nothing-to-do' | 'refused' | 'none' | 'not-sent';
  readonly text: string;
  /** The command was given up and is known to run on: its effect may still come. */
  readonly stillRuns?: true;
}
