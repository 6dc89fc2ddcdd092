import type { ChangeReport } from '../contracts/record.ts';
import { CompleteChangeInput, CompleteChangeOutput, RequestedTarget } from '../contracts/steps.ts';
import { reportOf } from '../domain/report.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';

/** The change has ended and is on record: that nobody could be told is no reason to end it otherwise. */
async function tell(report: ChangeReport, { changeId, events, store }: StepContext): Promise<void> {
  try {
    await events?.ended(report);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await store.append(changeId, { type: 'note', text: `nobody could be told how the change ended: ${why}` });
  }
}

/** Writes the change's record and releases the lock, or keeps it when an operator is needed. */
export async function completeChange({ change, input }: CompleteChangeInput, context: StepContext): Promise<CompleteChangeOutput> {
  const requested = RequestedTarget.safeParse(input).data;
  const target = change.request?.target ?? requested?.target ?? { cluster: '', database: '' };
  const timeline = (await context.store.get(context.changeId))?.timeline ?? [];
  // The step that writes the report is part of it.
  const ended = { at: context.clock.now().toISOString(), type: 'step-ended', step: context.step } as const;
  const report = reportOf(context.changeId, target, change, [...timeline, ended]);
  await context.store.complete(context.changeId, report, report.outcome === 'needs-operator', context.run);
  await tell(report, context);
  return { outcome: report.outcome, message: report.error?.message ?? report.outcome, report };
}

export const handler = stepHandler({ input: CompleteChangeInput, output: CompleteChangeOutput }, completeChange);
