/** Histories of executions, written after the examples and the reference of HistoryEvent in the API reference of AWS Step Functions. */
import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';

const FIRST_MOMENT = Date.parse('2026-12-01T02:00:00.000Z');
const ROLE = 'arn:aws:iam::123456789012:role/syncshift-change';
const functionArn = (state: string): string => `arn:aws:lambda:eu-west-1:123456789012:function:${state.replaceAll(' ', '')}`;
const WHOLE = { truncated: false };

/** What Lambda puts into the cause of a thrown error. */
export const lambdaCause = (name: string, message: string): string =>
  JSON.stringify({ errorType: name, errorMessage: message, trace: [`${name}: ${message}`, '    at handler (index.mjs:1:1)'] });

export class HistoryWriter {
  readonly events: HistoryEvent[] = [];

  started(input: unknown): this {
    return this.#add('ExecutionStarted', {
      executionStartedEventDetails: { input: JSON.stringify(input), inputDetails: WHOLE, roleArn: ROLE },
    });
  }

  /** A task that a function answered. @param state - the state of the execution when it leaves. */
  task(name: string, answer: unknown, state: unknown = answer): this {
    return this.enters('Task', name).attempt(name).answers(answer).exits('Task', name, state);
  }

  /** A task whose attempts all fail, the last error of which is caught. */
  failingTask(name: string, errors: readonly { error: string; cause: string }[], state: unknown): this {
    this.enters('Task', name);
    for (const { error, cause } of errors)
      this.attempt(name).#add('LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: { error, cause } });
    return this.exits('Task', name, state);
  }

  attempt(name: string): this {
    this.#add('LambdaFunctionScheduled', {
      lambdaFunctionScheduledEventDetails: { resource: functionArn(name), input: '{}', inputDetails: WHOLE, timeoutInSeconds: 480 },
    });
    return this.#add('LambdaFunctionStarted', {});
  }

  answers(answer: unknown): this {
    return this.#add('LambdaFunctionSucceeded', {
      lambdaFunctionSucceededEventDetails: { output: JSON.stringify(answer), outputDetails: WHOLE },
    });
  }

  timesOut(): this {
    return this.#add('LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout' } });
  }

  passes(kind: 'Choice' | 'Pass' | 'Wait', name: string, state: unknown): this {
    return this.enters(kind, name, state).exits(kind, name, state);
  }

  enters(kind: 'Choice' | 'Pass' | 'Wait' | 'Task' | 'Fail' | 'Succeed', name: string, state: unknown = {}): this {
    return this.#add(`${kind}StateEntered`, { stateEnteredEventDetails: { name, input: JSON.stringify(state), inputDetails: WHOLE } });
  }

  exits(kind: 'Choice' | 'Pass' | 'Wait' | 'Task' | 'Succeed', name: string, state: unknown): this {
    return this.#add(`${kind}StateExited`, { stateExitedEventDetails: { name, output: JSON.stringify(state), outputDetails: WHOLE } });
  }

  succeeds(output: unknown): this {
    this.enters('Succeed', 'Change complete').exits('Succeed', 'Change complete', output);
    return this.#add('ExecutionSucceeded', { executionSucceededEventDetails: { output: JSON.stringify(output), outputDetails: WHOLE } });
  }

  fails(state: string, error: string, cause: string): this {
    return this.enters('Fail', state).#add('ExecutionFailed', { executionFailedEventDetails: { error, cause } });
  }

  aborted(details: { error?: string; cause?: string } = {}): this {
    return this.#add('ExecutionAborted', { executionAbortedEventDetails: details });
  }

  timedOut(): this {
    return this.#add('ExecutionTimedOut', { executionTimedOutEventDetails: {} });
  }

  #add(type: HistoryEventType, details: Partial<HistoryEvent>): this {
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId: id - 1, timestamp: new Date(FIRST_MOMENT + id * 250), type, ...details });
    return this;
  }
}
