import type { ChangeRequestInput } from '../contracts/request.ts';

/** Whatever runs changes. */
export interface ChangeStarter {
  /**
   * Begins a change and returns at once. Asking again with the same request is safe.
   * @throws StepError `InvalidInputError` when the id is the name of a change that asked for something else.
   */
  start(changeId: string, request: ChangeRequestInput): Promise<void>;
}
