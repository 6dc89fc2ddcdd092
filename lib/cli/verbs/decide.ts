import type { ApprovalVerdict, Gate } from '../../../lambdas/contracts/approval.ts';
import { isRolloutId } from '../../../lambdas/contracts/rollout.ts';
import type { Answer } from '../../../lambdas/gates/answers.ts';
import { confirm } from '../confirm.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine, Output } from '../output.ts';
import { renderApproval } from '../render/approval.ts';

export interface DecideFlags {
  readonly reason?: string;
  /** The plan that was looked at, by its hash or the beginning of it. */
  readonly plan?: string;
  readonly yes?: boolean;
  readonly breakGlass?: boolean;
  readonly engine: Engine;
}

/** A gate as far as its plan is told from another. */
type Planned = { readonly request: { readonly plan: { readonly hash: string } } };

/** A place where decisions are taken. */
export interface DecisionDesk {
  /** @returns undefined when the change waits for no approval. */
  look(changeId: string): Promise<Gate | undefined>;
  decide(decision: { changeId: string; verdict: ApprovalVerdict; planHash: string; reason?: string }): Promise<Answer>;
}

const SHORTEST_HASH = 8;

/** What was looked at has to be what is decided on: the plan may have been made anew in the meantime. */
function requireSamePlan({ request }: Planned, plan: string | undefined): void {
  if (plan === undefined) return;
  if (plan.length < SHORTEST_HASH) throw new UsageError(`--plan: expected at least ${SHORTEST_HASH} characters of the plan's hash`);
  if (!request.plan.hash.startsWith(plan.toLowerCase()))
    throw new UsageError(`--plan: the plan is ${request.plan.hash.slice(0, 12)} now, look at it again`);
}

/** Shows the plan and makes sure that it is the one meant. */
export async function agreeTo(
  gate: Planned,
  shown: string,
  verdict: ApprovalVerdict,
  { plan, yes, reason }: DecideFlags,
  output: Output,
): Promise<void> {
  if (verdict !== 'approve' && !reason?.trim())
    throw new UsageError(`--reason: ${verdict === 'reject' ? 'a rejection' : 'letting a change through alone'} needs a reason`);
  requireSamePlan(gate, plan);
  output.notice(shown);
  if (yes || plan !== undefined) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError('a decision is confirmed; without a terminal, say --plan <hash> or --yes');
  if (!(await confirm(`\n${verdict} this plan? [y/N] `))) throw new UsageError('not confirmed; nothing was decided');
}

async function deskOf({ config, engine }: { config?: string | undefined; engine: Engine }): Promise<DecisionDesk & { close(): void }> {
  if (engine === 'aws') return (await import('../deployed-desk.ts')).deployedDesk();
  return (await import('../local-desk.ts')).localDesk(config);
}

const verb =
  (verdictOf: (flags: DecideFlags) => ApprovalVerdict): Verb<DecideFlags> =>
  async (changeId, flags, output) => {
    if (isRolloutId(changeId)) return (await import('../rollout/decide.ts')).decideOnRollout(changeId, verdictOf(flags), flags, output);
    const desk = await deskOf(flags);
    try {
      const gate = await desk.look(changeId);
      if (!gate)
        throw new UsageError(
          `change ${changeId} does not wait for an approval, or is not on record here; ${output.invocation(`show ${changeId}`)}`,
        );
      const verdict = verdictOf(flags);
      await agreeTo(gate, renderApproval(gate), verdict, flags, output);
      const { reason } = flags;
      const answer = await desk.decide({
        changeId,
        verdict,
        planHash: gate.request.plan.hash,
        ...(reason?.trim() && { reason: reason.trim() }),
      });
      output.result({ changeId, verdict, planHash: gate.request.plan.hash, ...answer }, () =>
        answer.accepted ? answer.says : `not counted: ${answer.says}`,
      );
      return answer.accepted ? 0 : EXIT.refused;
    } finally {
      desk.close();
    }
  };

export const approve = verb(({ breakGlass }) => (breakGlass ? 'break-glass' : 'approve'));
export const reject = verb(() => 'reject');
