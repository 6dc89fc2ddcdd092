import * as z from 'zod';
import { ChangeState } from '../contracts/change-state.ts';
import { OUTCOME_NAMES } from '../contracts/outcomes.ts';
import type { ChangeReport } from '../contracts/record.ts';
import { reportOf } from '../domain/report.ts';
import { type StepContext, StepEnvelope, stepHandler } from '../runtime/step.ts';

/** `input` is what the execution was started with: all there is when the request could not be read. */
export const CompleteChangeInput = StepEnvelope.extend({ input: z.unknown(), change: ChangeState });
type Input = z.infer<typeof CompleteChangeInput>;

export const CompleteChangeOutput = z.strictObject({
  outcome: z.enum(OUTCOME_NAMES),
  /** Why it ended so: the cause of the failed execution. */
  message: z.string(),
  report: z.custom<ChangeReport>((value) => typeof value === 'object' && value !== null),
});

/** Cluster and database as the request wrote them, for a report about a request that was not understood. */
const RequestedTarget = z.object({ target: z.object({ cluster: z.string(), database: z.string() }) });

/** Writes the change's record and releases the lock, or keeps it when an operator is needed. */
export async function completeChange({ change, input }: Input, context: StepContext): Promise<z.infer<typeof CompleteChangeOutput>> {
  const requested = RequestedTarget.safeParse(input).data;
  const target = change.request?.target ?? requested?.target ?? { cluster: '', database: '' };
  const timeline = (await context.store.get(context.changeId))?.timeline ?? [];
  // The step that writes the report is part of it.
  const ended = { at: context.clock.now().toISOString(), type: 'step-ended', step: context.step } as const;
  const report = reportOf(context.changeId, target, change, [...timeline, ended]);
  await context.store.complete(context.changeId, report, report.outcome === 'needs-operator');
  return { outcome: report.outcome, message: report.error?.message ?? report.outcome, report };
}

export const handler = stepHandler({ input: CompleteChangeInput, output: CompleteChangeOutput }, completeChange);
