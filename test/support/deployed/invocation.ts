/** What the process of a function and whoever calls it say to each other. */

export interface Invocation {
  /** JSON. */
  readonly event: string;
  readonly context: { readonly awsRequestId: string; readonly [name: string]: unknown };
  /** Until when it has to be done, in milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly traceId: string;
  /** By how much the clock of the function is ahead. */
  readonly aheadSeconds: number;
}

/** A failure as Lambda hands it to whoever called. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** The result is JSON. */
export type Answer = { readonly result: string } | { readonly failure: FunctionFailure };

/** The line after everything that one run writes, to stdout and to stderr. */
export const endOf = ({ context: { awsRequestId } }: Invocation): string => `END RequestId: ${awsRequestId}\n`;
