import * as z from 'zod';
import { DatabaseFacts } from './facts.ts';
import { CLUSTER_NAME, Target } from './request.ts';

export const InspectionInput = z.strictObject({ cluster: z.string().regex(CLUSTER_NAME), database: Target.shape.database.optional() });
export type InspectionInput = z.infer<typeof InspectionInput>;

/** A database that could not be read, and why. */
export const UnreadFacts = z.strictObject({
  id: z.string(),
  name: z.string(),
  error: z.strictObject({ name: z.string(), message: z.string() }),
});

/** Databases of a cluster as they were found. */
export const Inspection = z.strictObject({ cluster: z.string(), databases: z.array(z.union([DatabaseFacts, UnreadFacts])) });
export type Inspection = z.infer<typeof Inspection>;
