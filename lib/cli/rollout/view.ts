import {
  type ClusterSurvey,
  changeIdAt,
  type RolloutRecord,
  type RolloutTarget,
  type TargetPlan,
} from '../../../lambdas/contracts/rollout.ts';
import { summaryOf } from '../../../lambdas/domain/rollout/summary.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { keyOf, type Overlap, overlapsOf } from './overlaps.ts';

/** A rollout and where its targets stand. */
export interface RolloutView {
  readonly record: RolloutRecord;
  readonly targets: readonly RolloutTarget[];
}

/** With everything that a person has to see before allowing it. */
export interface PlanView extends RolloutView {
  readonly surveys: readonly ClusterSurvey[];
  /** By `keyOf`. */
  readonly plans: ReadonlyMap<string, TargetPlan>;
  readonly overlaps: readonly Overlap[];
}

export const readView = async (rollouts: RolloutStore, record: RolloutRecord): Promise<RolloutView> => ({
  record,
  targets: await rollouts.targets(record.request.rolloutId),
});

/** @param others - where the rollouts are that it may overlap with; none on a machine that never kept any. */
export async function readPlanView(rollouts: RolloutStore, record: RolloutRecord, others?: RolloutStore): Promise<PlanView> {
  const { rolloutId } = record.request;
  const surveys = await rollouts.surveys(rolloutId);
  const plans = new Map<string, TargetPlan>();
  for (const { cluster } of surveys) for (const plan of await rollouts.plans(rolloutId, cluster)) plans.set(keyOf(plan), plan);
  const view = await readView(rollouts, record);
  return { ...view, surveys, plans, overlaps: others ? await overlapsOf(others, view) : [] };
}

/** A target for programs, with what was planned for it. */
function targetEntry({ request }: RolloutRecord, target: RolloutTarget, planned: TargetPlan | undefined) {
  const { kind, class: found, before, traffic, plan } = planned ?? {};
  return {
    ...target,
    changeId: changeIdAt(request.rolloutId, target),
    ...(planned && { kind, class: found, before, traffic, plan }),
  };
}

/** The one document that every verb of a rollout prints with `--json`. */
export function documentOf(view: RolloutView & Partial<PlanView>) {
  const { record, targets, surveys, plans, overlaps } = view;
  const { request, outcome, status, plan } = record;
  return {
    rolloutId: request.rolloutId,
    ...(outcome && { outcome }),
    status,
    summary: summaryOf(record, targets),
    ...(plan && { plan: { ...plan, ...(surveys && { surveys }), ...(overlaps && { overlaps }) } }),
    targets: targets.map((target) => targetEntry(record, target, plans?.get(keyOf(target)))),
  };
}
