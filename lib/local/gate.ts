import type { Gate } from '../../lambdas/contracts/approval.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { rejectionOf } from '../../lambdas/domain/approval.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';

export interface GateWait {
  readonly changeId: string;
  readonly ports: Pick<Ports, 'store' | 'clock' | 'isCancelled'>;
  /** Told once that the change waits, and what for. */
  readonly onGate?: ((gate: Gate) => void) | undefined;
  /** How often to look, in seconds. */
  readonly everySeconds: number;
}

/**
 * Waits for the decision on a change, which others make in processes of their own. Deployed, the workflow sleeps at its token instead.
 * @throws StepError `ApprovalRejectedError`, `ApprovalExpiredError`, `ChangeCancelledError`.
 */
export async function awaitDecision({ changeId, ports, onGate, everySeconds }: GateWait): Promise<void> {
  const { store, clock, isCancelled } = ports;
  for (let looks = 0; ; looks += 1) {
    const gate = await store.gate(changeId);
    if (gate?.status === 'approved') return;
    if (isCancelled(changeId) || (await store.isCancelRequested(changeId)))
      throw new StepError('ChangeCancelledError', 'somebody asked for this change to stop');
    if (!gate || gate.status === 'closed') throw new StepError('NotApprovedError', 'the approval gate of this change is gone');
    if (gate.status === 'rejected') throw new StepError('ApprovalRejectedError', rejectionOf(gate));
    if (clock.now().getTime() >= Date.parse(gate.request.expiresAt))
      throw new StepError('ApprovalExpiredError', 'nobody who may approve this change did so in time');
    if (looks === 0) onGate?.(gate);
    await clock.sleep(everySeconds);
  }
}
