import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { ReportedError } from '../../lambdas/contracts/record.ts';
import { readCause } from '../../lambdas/domain/outcome.ts';
import { parsedJson } from './json.ts';

/** An event of a history, reduced to what a change is told from. */
export type Happening = { readonly at: string } & (
  | { readonly kind: 'entered'; readonly state: string; readonly type: 'Task' | 'Wait' | 'other'; readonly data: unknown }
  | { readonly kind: 'exited'; readonly state: string; readonly type: 'Task' | 'Wait' | 'other'; readonly data: unknown }
  | { readonly kind: 'scheduled' }
  | { readonly kind: 'answered'; readonly data: unknown }
  | { readonly kind: 'failed'; readonly error: ReportedError }
  | { readonly kind: 'ended'; readonly how: 'Succeeded' | 'Failed' | 'Aborted' | 'TimedOut'; readonly error?: ReportedError }
  | { readonly kind: 'redriven' }
);

const kindOfState = (type: string): 'Task' | 'Wait' | 'other' =>
  type.startsWith('Task') ? 'Task' : type.startsWith('Wait') ? 'Wait' : 'other';

/** Whichever details an event has: a function that is called by its ARN has others than one that is called as a service. */
const failureOf = (event: HistoryEvent): { error?: string | undefined; cause?: string | undefined } =>
  event.lambdaFunctionFailedEventDetails ??
  event.lambdaFunctionTimedOutEventDetails ??
  event.lambdaFunctionScheduleFailedEventDetails ??
  event.lambdaFunctionStartFailedEventDetails ??
  event.taskFailedEventDetails ??
  event.taskTimedOutEventDetails ??
  event.taskStartFailedEventDetails ??
  event.taskSubmitFailedEventDetails ??
  event.executionFailedEventDetails ??
  event.executionAbortedEventDetails ??
  event.executionTimedOutEventDetails ??
  {};

const TIMEOUT = 'States.Timeout';

function errorOf(event: HistoryEvent, otherwise: string): ReportedError {
  const { error = otherwise, cause = error === TIMEOUT ? 'it took longer than it may' : undefined } = failureOf(event);
  return readCause({ Error: error, ...(cause !== undefined && { Cause: cause }) });
}

const ATTEMPT_FAILED = /^(?:LambdaFunction|Task)(?:ScheduleFailed|StartFailed|SubmitFailed|Failed|TimedOut)$/;
const ATTEMPT_SCHEDULED = /^(?:LambdaFunction|Task)Scheduled$/;
const ATTEMPT_SUCCEEDED = /^(?:LambdaFunction|Task)Succeeded$/;
const EXECUTION_ENDED = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;

/** @returns undefined for events that say nothing about a change. */
export function happeningOf(event: HistoryEvent): Happening | undefined {
  const { type = '', timestamp, stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
  const at = (timestamp ?? new Date(0)).toISOString();
  if (entered) return { at, kind: 'entered', state: entered.name ?? '', type: kindOfState(type), data: parsedJson(entered.input) };
  if (exited) return { at, kind: 'exited', state: exited.name ?? '', type: kindOfState(type), data: parsedJson(exited.output) };
  if (ATTEMPT_SCHEDULED.test(type)) return { at, kind: 'scheduled' };
  if (ATTEMPT_SUCCEEDED.test(type))
    return {
      at,
      kind: 'answered',
      data: parsedJson((event.lambdaFunctionSucceededEventDetails ?? event.taskSucceededEventDetails)?.output),
    };
  if (ATTEMPT_FAILED.test(type)) return { at, kind: 'failed', error: errorOf(event, type.endsWith('TimedOut') ? TIMEOUT : type) };
  if (type === 'ExecutionRedriven') return { at, kind: 'redriven' };
  const how = EXECUTION_ENDED.exec(type)?.[1] as 'Succeeded' | 'Failed' | 'Aborted' | 'TimedOut' | undefined;
  if (!how) return undefined;
  return { at, kind: 'ended', how, ...(how !== 'Succeeded' && { error: errorOf(event, how === 'TimedOut' ? TIMEOUT : how) }) };
}
