import type { Gate } from '../contracts/approval.ts';
import { StepError } from '../contracts/errors.ts';
import { RequestApprovalInput, RequestApprovalOutput } from '../contracts/steps.ts';
import { approvalRequestOf, gateFor } from '../domain/approval.ts';
import { tellWorkflow } from '../gates/decide.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';

/** Another one may write the gate at the same time only if two runs of a change do, or a decision falls between. */
const ATTEMPTS = 20;

/** Opens the gate, or goes on with the one that stands for the same plan. */
async function openGate({ change }: RequestApprovalInput, { changeId, clock, store, step }: StepContext): Promise<Gate> {
  const { request, plan, before } = change;
  const asked = approvalRequestOf(request, plan, before, clock.now());
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const standing = await store.gate(changeId);
    const gate = gateFor(standing, asked);
    if (gate === standing) return gate;
    if (!(await store.saveGate(changeId, gate))) continue;
    await store.append(changeId, { type: 'approval-requested', step, request: gate.request });
    return gate;
  }
  throw new StepError(
    'NotApprovedError',
    `the approval gate of ${changeId} could not be opened: its record was written ${ATTEMPTS} times in between`,
  );
}

/**
 * Asks for the approval of exactly this plan. The workflow sleeps until enough people have decided; whoever lets it through, the record
 * of their decisions is what counts.
 * @throws StepError `ChangeCancelledError`.
 */
export async function requestApproval(input: RequestApprovalInput, context: StepContext): Promise<RequestApprovalOutput> {
  const { changeId, store } = context;
  await openGate(input, context);
  if (input.token !== undefined) await store.keepToken(changeId, input.token);
  // Who decided or cancelled before the token was kept could not wake this workflow; who comes later can.
  await context.stopIfCancelled();
  const gate = await store.gate(changeId);
  if (gate) await tellWorkflow(context, gate);
  return {};
}

export const handler = stepHandler({ input: RequestApprovalInput, output: RequestApprovalOutput }, requestApproval);
