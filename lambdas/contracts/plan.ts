import * as z from 'zod';

export const PlanStep = z.strictObject({
  /** Name of the workflow state that sends the command. */
  name: z.string(),
  /** The command as the cluster will be told it. */
  command: z.string(),
});

/** What a check before the change found, with what it looked at. */
export const Finding = z.strictObject({
  /** Which check, in a word or two; the id of a known defect. */
  check: z.string(),
  effect: z.enum(['blocks', 'warns']),
  /** One sentence for whoever decides. */
  says: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});
export type Finding = z.infer<typeof Finding>;

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

/** A plan with the evidence of its warnings and blockers, which goes into the change's record and not through the workflow. */
export interface FoundedPlan {
  readonly plan: Plan;
  readonly findings: Finding[];
}
