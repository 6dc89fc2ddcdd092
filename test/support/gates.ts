import type { ApprovalRules } from '../../lambdas/contracts/configuration.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { StateAt } from '../../lambdas/contracts/window.ts';
import type { Gates } from '../../lambdas/runtime/ports.ts';

export interface TestGates {
  readonly rules?: Partial<ApprovalRules>;
  readonly people?: Record<string, string[]>;
  readonly freezes?: string[];
  readonly calendars?: Record<string, StateAt>;
}

/** Gates as a configuration would make them, without its files. */
export const gates = ({ rules = {}, people = {}, freezes = [], calendars = {} }: TestGates = {}): Gates => ({
  rulesOf: () => ({ required: false, approvals: 1, requesterMayApprove: false, breakGlass: [], ...rules }),
  people,
  freezes,
  calendar: async (name) => {
    const stateAt = calendars[name];
    if (!stateAt) throw new StepError('InvalidInputError', `window: the configuration has no calendar "${name}"`);
    return { stateAt };
  },
});
