import * as z from 'zod';
import { BegunState, ChangeState } from './change-state.ts';
import { OUTCOME_NAMES } from './outcomes.ts';
import type { ChangeReport } from './record.ts';
import { SYNCER_MODES } from './words.ts';

/** What every state of the workflow hands to its step, beside the step's own input. */
export const StepEnvelope = z.object({
  /** Name of the workflow state. */
  step: z.string(),
  /** Name of the execution, which is the change's id. */
  execution: z.string(),
  /** Steps that undo or conclude go on when the change is asked to stop; the others do not begin. */
  phase: z.enum(['forward', 'rollback', 'conclude']),
  /** Which run of the change this is: only the latest may write. */
  run: z.int().min(0).default(0),
});
export type StepEnvelope = z.infer<typeof StepEnvelope>;

/** The request stays unparsed here: laying it over the configured defaults comes first. */
export const InspectStatusInput = StepEnvelope.extend({ request: z.unknown() });
export type InspectStatusInput = z.infer<typeof InspectStatusInput>;

export const BeginChangeInput = StepEnvelope.extend({
  change: ChangeState.required({ request: true, before: true, conditions: true, plan: true }),
});
export type BeginChangeInput = z.infer<typeof BeginChangeInput>;

/** `token` wakes the workflow; on one machine nothing sleeps that would need it. */
export const RequestApprovalInput = StepEnvelope.extend({
  token: z.string().optional(),
  change: ChangeState.required({ request: true, before: true, plan: true }),
});
export type RequestApprovalInput = z.infer<typeof RequestApprovalInput>;
export const RequestApprovalOutput = z.strictObject({});
export type RequestApprovalOutput = z.infer<typeof RequestApprovalOutput>;

export const ChangeWindowInput = StepEnvelope.extend({ change: ChangeState.required({ request: true, plan: true }) });
export type ChangeWindowInput = z.infer<typeof ChangeWindowInput>;

export const RecoverChangeInput = StepEnvelope.extend({
  /** How the change was cut short, in words. */
  why: z.string(),
  /** Who recovers it: an execution, or a process. */
  recoverer: z.string(),
  /** Somebody has made sure that an earlier recovery, whose lease may not be over, is dead. */
  force: z.boolean(),
  /** The run that somebody has made sure is dead, where somebody could: only that one is taken over. */
  deadRun: z.int().min(0).optional(),
});
export type RecoverChangeInput = z.infer<typeof RecoverChangeInput>;
/** What is to be done about a change that was cut short, with the state that its rollback goes on from. */
export const RecoverChangeOutput = ChangeState.required({ recovery: true });
export type RecoverChangeOutput = z.infer<typeof RecoverChangeOutput>;

export const RebindPolicyInput = StepEnvelope.extend({ change: BegunState });
export type RebindPolicyInput = z.infer<typeof RebindPolicyInput>;

export const TuneSyncerInput = StepEnvelope.extend({ mode: z.enum(SYNCER_MODES), change: BegunState });
export type TuneSyncerInput = z.infer<typeof TuneSyncerInput>;

export const VerifyInfoInput = StepEnvelope.extend({ mode: z.enum(SYNCER_MODES), change: BegunState });
export type VerifyInfoInput = z.infer<typeof VerifyInfoInput>;

/** `input` is what the execution was started with: all there is when the request could not be read. */
export const CompleteChangeInput = StepEnvelope.extend({ input: z.unknown(), change: ChangeState });
export type CompleteChangeInput = z.infer<typeof CompleteChangeInput>;
export const CompleteChangeOutput = z.strictObject({
  outcome: z.enum(OUTCOME_NAMES),
  /** Why it ended so: the cause of the failed execution. */
  message: z.string(),
  report: z.custom<ChangeReport>((value) => typeof value === 'object' && value !== null),
});
export type CompleteChangeOutput = z.infer<typeof CompleteChangeOutput>;

/** Cluster and database as a request wrote them, for a report about a request that was not understood. */
export const RequestedTarget = z.object({ target: z.object({ cluster: z.string(), database: z.string() }) });
