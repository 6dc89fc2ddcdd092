import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport, ReportedError } from '../../lambdas/contracts/record.ts';
import { RequestedTarget } from '../../lambdas/contracts/steps.ts';
import type { History } from './history.ts';
import { type Happening, happeningOf } from './history-event.ts';
import { isObject, parsedJson, partOf } from './json.ts';

const CONCLUDING = 'Complete change';
/** From this state on a change may hold the lock of its database, and after it there may be writes. */
const LOCKING = 'Begin change';

/** @returns undefined when a value is no report that this version understands. */
function asReport(value: unknown): ChangeReport | undefined {
  if (!isObject(value) || typeof value.changeId !== 'string' || !isObject(value.target) || !Array.isArray(value.steps)) return undefined;
  const isKnown = typeof value.outcome === 'string' && Object.hasOwn(OUTCOMES, value.outcome);
  return isKnown ? (value as unknown as ChangeReport) : undefined;
}

export function parsedReport(text: string | undefined): ChangeReport | undefined {
  return asReport(parsedJson(text));
}

/** What the end of a history says. */
export interface Ended {
  readonly report?: ChangeReport;
  /** Absent while the history does not show yet that the execution has ended. */
  readonly end?: Extract<Happening, { kind: 'ended' }>;
  /** Only known when there is no report: true unless the whole history shows that the lock was never asked for. */
  readonly mayHaveBegun: boolean;
}

/** Reads a history from its end on, and no further than to the report. */
export async function readEnd(history: History): Promise<Ended> {
  let end: Ended['end'];
  let answer: unknown;
  let mayHaveBegun = false;
  let isWhole = false;
  for await (const event of history.backwards()) {
    const happening = happeningOf(event);
    isWhole ||= event.id === 1;
    if (happening?.kind === 'ended') end ??= happening;
    if (happening?.kind === 'answered') answer ??= happening.data;
    if (happening?.kind === 'exited' || happening?.kind === 'entered') {
      if (happening.state === CONCLUDING) {
        const report = asReport(happening.kind === 'exited' ? partOf(happening.data, 'completed', 'report') : partOf(answer, 'report'));
        if (report) return { ...(end && { end }), report, mayHaveBegun: true };
      }
      if (happening.state === LOCKING) mayHaveBegun = true;
      // An answer belongs to the state that was entered last before it.
      answer = undefined;
    }
  }
  return { ...(end && { end }), mayHaveBegun: mayHaveBegun || !isWhole };
}

const HOW: Readonly<Record<string, string>> = {
  FAILED: 'the execution failed',
  ABORTED: 'the execution was stopped from outside',
  TIMED_OUT: 'the execution ran out of time',
  SUCCEEDED: 'the execution succeeded, but its report cannot be read',
};

const withReason = (how: string, error: ReportedError | undefined): string => {
  if (!error) return how;
  const reason = error.message === error.name ? error.name : `${error.name}: ${error.message}`;
  return /^(?:Aborted$|States\.Timeout)/.test(reason) ? how : `${how} (${reason})`;
};

/** A report for a change that left none: nobody rolled it back, so it needs an operator, unless it never came as far as the lock. */
export function reportWithout(
  changeId: string,
  { status, input, error, cause }: DescribeExecutionCommandOutput,
  ended: Ended,
): ChangeReport {
  const target = RequestedTarget.safeParse(parsedJson(input)).data?.target ?? { cluster: '', database: '' };
  const reason = error ? { name: error, message: cause ?? error } : ended.end?.error;
  const how = withReason(HOW[status ?? ''] ?? 'the execution ended', reason);
  const wasCutOff = status === 'ABORTED' || status === 'TIMED_OUT';
  if (wasCutOff && !ended.mayHaveBegun) {
    const message = `${how} before the change began: nothing was locked or written`;
    return { changeId, outcome: 'refused', target, steps: [], error: { name: 'ChangeCancelledError', message } };
  }
  const why = wasCutOff
    ? { name: 'ExecutionCutShortError', message: `${how}; its recovery rolls back what was written, and its record will say how it ended` }
    : { name: 'NeedsOperator', message: `${how}; no report of the change was left` };
  return { changeId, outcome: 'needs-operator', target, steps: [], error: why };
}
