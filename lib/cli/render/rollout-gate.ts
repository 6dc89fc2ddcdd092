import type { RequestDefaults } from '../../../lambdas/contracts/request.ts';
import type { RolloutGate } from '../../../lambdas/contracts/rollout.ts';
import { approvalsMissing } from '../../../lambdas/domain/approval.ts';
import type { Output } from '../output.ts';
import type { PlanView } from '../rollout/view.ts';
import { lengthInWords, several, shortHash } from '../rollout/words.ts';
import { renderRolloutPlan, renderWaveTable } from './rollout-plan.ts';
import { section } from './section.ts';

/** What a gate waits for, and who has decided so far. */
export function renderRolloutGate(gate: RolloutGate, output: Output): string {
  const { request, decisions } = gate;
  const { rolloutId, wave, plan, approvals, expiresAt } = request;
  return [
    `${wave === 1 ? 'the rollout' : `wave ${wave}`} waits: ${several(approvals, 'approval')} needed, ${approvalsMissing(gate)} to come; until ${expiresAt}`,
    ...decisions.map(({ by, verdict, at, reason }) => `${at}  ${verdict} by ${by}${reason === undefined ? '' : `: ${reason}`}`),
    `rollout ${rolloutId}, plan ${shortHash(plan.hash)}`,
    `decide with: ${output.invocation(`approve ${rolloutId}`)}   or   ${output.invocation(`reject ${rolloutId} --reason …`)}`,
  ].join('\n');
}

/** The plan as the gate has it, where its targets cannot be read. */
function planAlone({ request: { plan, requestedBy, reason } }: RolloutGate): string {
  const counted = (list: typeof plan.warnings) => list.map(({ says, targets }) => `${says} (${several(targets, 'target')})`);
  return [
    `asked by ${requestedBy ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}`,
    ...section('waves', renderWaveTable(plan).split('\n')),
    ...section('clusters', [plan.clusters.join(', ')]),
    ...section('warnings', counted(plan.warnings)),
    ...section('clients', counted(plan.clientImpact)),
    `${several(plan.targets, 'target')}, ${plan.unchanged} unchanged, ${plan.blocked} blocked; about ${lengthInWords(plan.expectedSeconds)}`,
    'its targets one by one cannot be read with these credentials',
  ].join('\n');
}

/** Everything that an approver has to know, for people. */
export function renderRolloutApproval(gate: RolloutGate, view: PlanView | undefined, defaults: RequestDefaults, output: Output): string {
  const plan = view ? renderRolloutPlan(view, defaults, false, output) : planAlone(gate);
  return [plan, '', renderRolloutGate(gate, output)].join('\n');
}
