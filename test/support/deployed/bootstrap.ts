/**
 * What Lambda's own runtime does around a handler, in a process of its own: loads it, calls it with one event at a time, writes a failure
 * into the log and answers with it. Arguments: file and export.
 */
import './hurry.ts';
import { putForward } from './clock.ts';
import { type Answer, endOf, type FunctionFailure, type Invocation } from './invocation.ts';

const [, , file = '', name = ''] = process.argv;

/** As the runtime writes it: with every property of the error that can be enumerated. */
const formatted = (error: unknown): string =>
  JSON.stringify(error, (_key, value: unknown) =>
    value instanceof Error
      ? { errorType: value.name, errorMessage: value.message, ...value, stack: String(value.stack).split('\n') }
      : value,
  );

const failureOf = (error: unknown): FunctionFailure =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const { [name]: handler } = (await import(file)) as Record<string, (event: unknown, context: unknown) => Promise<unknown>>;
if (typeof handler !== 'function') throw new Error(`${file} exports no function ${name}`);

process.on('message', async (invocation: Invocation) => {
  const { event, context, deadlineMs, traceId, aheadSeconds } = invocation;
  putForward(aheadSeconds);
  process.env._X_AMZN_TRACE_ID = traceId;
  let answer: Answer;
  try {
    const result = await handler(JSON.parse(event), {
      ...context,
      getRemainingTimeInMillis: () => deadlineMs + aheadSeconds * 1000 - Date.now(),
    });
    answer = { result: JSON.stringify(result ?? null) };
  } catch (error) {
    process.stdout.write(`${new Date().toISOString()}\t${context.awsRequestId}\tERROR\tInvoke Error \t${formatted(error)}\n`);
    answer = { failure: failureOf(error) };
  }
  for (const stream of [process.stdout, process.stderr]) stream.write(endOf(invocation));
  process.send?.(answer);
});
