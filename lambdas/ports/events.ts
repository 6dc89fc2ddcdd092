import type { ChangeReport } from '../contracts/record.ts';

/** Whoever wants to know how changes end. */
export interface ChangeEvents {
  /** @throws Error when nobody could be told; the change has ended all the same. */
  ended(report: ChangeReport): Promise<void>;
}
