import type { ReportedError } from '../contracts/record.ts';

/** Workflows that sleep at a gate. */
export interface WaitingWorkflow {
  /**
   * Wakes the one that a token belongs to; with an error, it goes on by failing.
   * @returns false when nothing sleeps under this token any more.
   */
  wake(token: string, error?: ReportedError): Promise<boolean>;
  /** Stops the execution of a change that holds no lock; its recovery records the end. */
  stop(changeId: string, why: string): Promise<void>;
}
