import type { RolloutTarget, TargetPlan } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import { MULTI_PROXY_POLICIES } from '../../../lambdas/contracts/words.ts';
import { WRITING_STATES } from '../../../lambdas/domain/plan.ts';
import { nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import { typed } from '../../../lambdas/domain/typed-command.ts';
import { keyOf } from '../rollout/overlaps.ts';
import type { PlanView } from '../rollout/view.ts';

/** How many targets of a wave are shown unless all are asked for. */
export const MOST_SHOWN = 20;

/** The first of many, and a line about the rest. */
export function cut<Item>(items: readonly Item[], all: boolean, lines: (item: Item) => readonly string[]): string[] {
  const shown = all ? items : items.slice(0, MOST_SHOWN);
  const rest = items.length - shown.length;
  return [...shown.flatMap(lines), ...(rest > 0 ? [`and ${rest} more (--all shows all of them)`] : [])];
}

/** The policy that the plan gives an endpoint; the commands are the truth, whatever way they go. */
function policyAfter({ plan }: TargetPlan, endpoint: { readonly id: string; readonly policy: string }): string {
  const names = new RegExp(`(?<!\\d)${endpoint.id}(?!\\d)`);
  const bind = plan.steps.findLast(({ name, command }) => name === WRITING_STATES.bind && names.test(command));
  return (bind && MULTI_PROXY_POLICIES.find((policy) => bind.command.includes(policy))) ?? endpoint.policy;
}

const joined = (values: readonly string[]): string => [...new Set(values)].join(' | ');

/** `C1 single centralized → all-master-shards distributed` */
export function beforeAndAfter(planned: TargetPlan, { wanted }: Pick<RolloutFile, 'wanted'>): string {
  const { before, plan } = planned;
  const now = joined(before.endpoints.map(({ policy }) => policy));
  const then = joined(before.endpoints.map((endpoint) => policyAfter(planned, endpoint)));
  const state = `${planned.class} ${now} ${before.syncerMode}`;
  return plan.needed ? `${state} → ${then} ${wanted.syncerMode}` : state;
}

const trafficOf = ({ traffic }: TargetPlan): string[] => [
  ...(traffic?.requestsPerSecond === undefined ? [] : [`${Math.round(traffic.requestsPerSecond)} requests/s`]),
  ...(traffic?.syncBytesPerSecond === undefined ? [] : [`${Math.round(traffic.syncBytesPerSecond / 1024)} KiB/s of replication`]),
];

/** A target as it is planned, with its commands. */
export function plannedTarget(target: RolloutTarget, { plans, record }: PlanView): string[] {
  const planned = plans.get(keyOf(target));
  const name = `${String(target.position).padStart(4)}  ${nameOf(target)} (${target.id})`;
  if (!planned) return [name];
  const notes = [planned.kind, ...trafficOf(planned)].filter((note) => note !== undefined);
  return [
    `${name}  ${beforeAndAfter(planned, record.request.file)}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`,
    ...planned.plan.steps.map(({ command }) => `        ${typed(command)}`),
  ];
}
