import type { ApprovalVerdict } from '../../../lambdas/contracts/approval.ts';
import type { RolloutGate } from '../../../lambdas/contracts/rollout.ts';
import type { Answer } from '../../../lambdas/gates/answers.ts';
import type { Engine } from '../output.ts';
import type { PlanView } from './view.ts';

/** What there is to decide on. */
export interface Waiting {
  readonly gate: RolloutGate;
  /** Every target, where whoever decides may read them. */
  readonly view?: PlanView;
}

export interface RolloutDecision {
  readonly rolloutId: string;
  readonly verdict: ApprovalVerdict;
  readonly planHash: string;
  /** That was looked at. */
  readonly wave: number;
  readonly reason?: string;
}

/** A place where rollouts are decided on. */
export interface RolloutDesk {
  /** @returns undefined when the rollout waits for no approval. */
  look(rolloutId: string): Promise<Waiting | undefined>;
  decide(decision: RolloutDecision): Promise<Answer>;
  close(): void;
}

export async function rolloutDeskOf(engine: Engine, config: string | undefined): Promise<RolloutDesk> {
  if (engine === 'aws') return (await import('./deployed.ts')).deployedRolloutDesk();
  return (await import('./local.ts')).localRolloutDesk(config);
}
