import type { MiddlewareObj } from '@middy/core';
import type { Outcome } from '../contracts/outcomes.ts';

/** What observability a process has: in a function all of it, on one machine none, where the change's record tells the same. */
interface Telemetry {
  readonly middleware: MiddlewareObj[];
  count(metric: string, value: number, outcome?: Outcome): void;
}

const inFunction = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
const { middleware, count }: Telemetry = inFunction ? (await import('./powertools.ts')).powertools : { middleware: [], count: () => {} };

/** Logs, traces and metrics of a step. */
export const telemetry = middleware;
/** Adds to a metric. */
export { count };
