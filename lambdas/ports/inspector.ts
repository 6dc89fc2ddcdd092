import type { Inspection, InspectionInput } from '../contracts/inspection.ts';

/** Whatever can read clusters. */
export interface Inspector {
  /** @throws StepError as reading a cluster does. */
  inspect(asked: InspectionInput): Promise<Inspection>;
}
