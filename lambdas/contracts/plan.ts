import * as z from 'zod';

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
