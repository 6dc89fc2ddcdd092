import type { ReportedState } from '../../../contracts/record.ts';
import type { RolloutRecord, RolloutTarget, TargetPlan } from '../../../contracts/rollout.ts';
import type { SharedText } from '../../../ports/chat.ts';
import type { RolloutStore } from '../../../ports/rollout-store.ts';
import { aligned } from '../text.ts';
import { onOneLine, TARGET_TITLES, targetCells } from './words.ts';

const TITLES = [...TARGET_TITLES, 'class', 'syncer mode', 'policies'];

const policies = ({ endpoints }: ReportedState): string => endpoints.map(({ id, policy }) => `${id} ${policy}`).join(' ');

/** What is planned for one target. */
interface Row {
  /** What it is now, in cells. */
  readonly now: readonly string[];
  /** What it would be, and what stands in its way. */
  readonly after: string;
}

const rowOf = (wanted: string, { class: found, before, plan }: TargetPlan): Row => ({
  now: [found, before.syncerMode, policies(before)],
  after: [plan.needed ? `${wanted}: ${plan.steps.map(({ command }) => command).join('; ')}` : 'stays as it is', ...plan.blockers].join(
    '; ',
  ),
});

const keyOf = ({ cluster, id }: Pick<RolloutTarget, 'cluster' | 'id'>): string => `${cluster}/${id}`;

/**
 * Every target with its place, what it is now and what it would be, as a text. It reads the plan of every target, which is much at 10,000 of
 * them, so it is made once for each plan.
 */
export async function planFile(
  { request, plan }: Pick<RolloutRecord, 'request' | 'plan'>,
  targets: readonly RolloutTarget[],
  rollouts: Pick<RolloutStore, 'plans'>,
): Promise<SharedText> {
  const { rolloutId, file } = request;
  const rows = new Map<string, Row>();
  // One cluster after the other, and of each no more than its line is kept.
  for (const cluster of new Set(targets.map((target) => target.cluster)))
    for (const one of await rollouts.plans(rolloutId, cluster)) rows.set(keyOf(one), rowOf(file.wanted.syncerMode, one));
  const table = aligned([TITLES, ...targets.map((target) => [...targetCells(target), ...(rows.get(keyOf(target))?.now ?? [])])]);
  // What would be done is of any length, so it comes last and widens no column.
  const done = ['afterwards', ...targets.map((target) => onOneLine(rows.get(keyOf(target))?.after ?? target.says ?? ''))];
  const lines = table.map((line, index) => `${line}  ${done[index]}`.trimEnd());
  const title = `${file.name} → ${file.wanted.syncerMode}  rollout ${rolloutId}, plan ${plan?.hash ?? ''}`;
  return {
    name: `${rolloutId}-plan.txt`,
    title: `The plan of ${rolloutId}, target by target`,
    text: `${[title, '', ...lines].join('\n')}\n`,
  };
}
