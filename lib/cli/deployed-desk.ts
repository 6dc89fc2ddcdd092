import type { Gate } from '../../lambdas/contracts/approval.ts';
import type { Answer } from '../../lambdas/gates/answers.ts';
import { decideInAws } from '../deployed/decisions.ts';
import type { DecisionDesk } from './verbs/decide.ts';

/** Decisions on deployed changes, by whoever the credentials of the environment belong to. */
export function deployedDesk(): DecisionDesk & { cancel(asked: { changeId: string; reason?: string }): Promise<Answer>; close(): void } {
  return {
    look: async (changeId) => (await decideInAws({ action: 'look', changeId })).gate as Gate | undefined,
    decide: ({ verdict, ...decision }) => decideInAws({ action: verdict, ...decision }),
    cancel: (asked) => decideInAws({ action: 'cancel', ...asked }),
    close: () => {},
  };
}
