import type { MiddlewareObj } from '@middy/core';
import type { Outcome } from '../contracts/outcomes.ts';

/** What observability a process has: in a function all of it, on one machine none, where the change's record tells the same. */
interface Telemetry {
  readonly middleware: MiddlewareObj[];
  count(metric: string, value: number, outcome?: Outcome): void;
  /** Writes a line into the log. No fact may be a secret. */
  warn(says: string, facts: Readonly<Record<string, string>>): void;
}

const inFunction = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
const none: Telemetry = { middleware: [], count: () => {}, warn: () => {} };
const { middleware, count, warn }: Telemetry = inFunction ? (await import('./powertools.ts')).powertools : none;

/** Logs, traces and metrics of a step. */
export const telemetry = middleware;
/** Adds to a metric; writes into the log. */
export { count, warn };
