import type { TimelineEvent } from '../contracts/record.ts';
import { median } from './statistics.ts';

/** Names of the workflow states that undo a change. */
export const ROLLBACK_STEPS: ReadonlySet<string> = new Set(['Restore centralized', 'Verify centralized', 'Restore policy']);
/** Name of the workflow state that takes samples of what a change was to bring about. */
export const VERIFYING_STEP = 'Verify info';

/** What the health of replication was measured by, before a change and after it. */
export interface Figures {
  /** Absent where no lag was known. */
  readonly lagBefore?: { readonly p95Ms: number; readonly figures: number };
  /** Of the good samples; absent where none of them knew a lag. */
  readonly lagAfter?: { readonly medianMs: number; readonly highestMs: number };
  readonly samples: { readonly good: number; readonly taken: number };
}

const isForwardWrite = (event: TimelineEvent): boolean => event.type === 'write-claimed' && !ROLLBACK_STEPS.has(event.step);

/** What was read before the first write: after a gate it was read anew, so the last reading counts. */
function lagBefore(timeline: readonly TimelineEvent[]): Figures['lagBefore'] {
  const firstWrite = timeline.findIndex(isForwardWrite);
  const before = firstWrite === -1 ? timeline : timeline.slice(0, firstWrite);
  const baseline = before.findLast((event) => event.type === 'health')?.baseline;
  return baseline && baseline.samples > 0 ? { p95Ms: baseline.p95Ms, figures: baseline.samples } : undefined;
}

/** The figures of a change: of the verification that followed its last forward write. Those of a rollback say nothing about the change. */
export function figuresOf(timeline: readonly TimelineEvent[]): Figures {
  const samples = timeline
    .slice(timeline.findLastIndex(isForwardWrite) + 1)
    .filter((event) => event.type === 'sample')
    .filter(({ step }) => step === VERIFYING_STEP);
  const good = samples.filter(({ state }) => state === 'good');
  const lags = good.map(({ lagMs }) => lagMs).filter((lag) => lag !== undefined);
  const before = lagBefore(timeline);
  return {
    ...(before && { lagBefore: before }),
    ...(lags.length > 0 && { lagAfter: { medianMs: median(lags), highestMs: Math.max(...lags) } }),
    samples: { good: good.length, taken: samples.length },
  };
}
