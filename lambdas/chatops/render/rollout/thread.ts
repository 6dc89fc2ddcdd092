import type { RolloutRecord } from '../../../contracts/rollout.ts';
import type { RolloutStore } from '../../../ports/rollout-store.ts';
import type { Letter } from '../blocks.ts';
import type { Part } from '../thread.ts';
import { renderRolloutApproval } from './approval.ts';
import { renderRolloutPlan } from './plan.ts';
import { planFile } from './plan-file.ts';
import { renderRolloutRoot } from './root.ts';
import type { RolloutSource } from './source.ts';
import { renderGoesOn, renderRolloutVerdict } from './verdict.ts';
import { renderWave } from './wave.ts';

/** Waves that are told still: what is older stays as it was told, and is not looked at again. */
export const WAVES_TOLD = 30;

/** The plan is in the question, where people are asked before the first wave. */
function isPlanAsked({ request, plan }: RolloutRecord): boolean {
  const approve = plan?.approve ?? [];
  return !request.planOnly && plan?.blockers.length === 0 && (approve.includes('rollout') || approve.includes('each-wave'));
}

/** The list of all targets belongs to the message that shows the plan. */
const withPlanFile = (letter: Letter, { record, targets }: RolloutSource, rollouts: Pick<RolloutStore, 'plans'>) => ({
  ...letter,
  lateFile: { key: `plan ${record.plan?.hash}`, make: () => planFile(record, targets, rollouts) },
});

/** Whoever does not follow the thread has to know as well. */
const concernsAll = ({ outcome }: RolloutRecord): boolean =>
  outcome === 'needs-operator' || outcome === 'undone' || outcome === 'incomplete';

/** Numbers of the waves that have begun and are told still. */
function wavesToTell({ wave }: RolloutRecord): number[] {
  const first = Math.max(1, wave - WAVES_TOLD + 1);
  return Array.from({ length: Math.max(0, wave - first + 1) }, (_, index) => first + index);
}

/** The question before a wave, and the wave. */
function wavePart(source: RolloutSource, wave: number, rollouts: Pick<RolloutStore, 'plans'>): Part[] {
  const { record, gates, targets } = source;
  const gate = gates.find(({ request }) => request.wave === wave);
  const question = gate && renderRolloutApproval(record, gate);
  const members = wave <= record.wave ? targets.filter((target) => target.wave === wave) : [];
  return [
    ...(question ? [{ part: `approval-${wave}` as const, ...(wave === 1 ? withPlanFile(question, source, rollouts) : question) }] : []),
    ...(members.length > 0 ? [{ part: `wave-${wave}` as const, ...renderWave(source, wave, members) }] : []),
  ];
}

/** How it ended; one that goes on after that takes it back. */
function verdictPart(source: RolloutSource): Part[] {
  const { record, events } = source;
  const { status, outcome } = record;
  if (status === 'ended' && outcome)
    return [{ part: 'verdict', ...renderRolloutVerdict(source, outcome), ...(concernsAll(record) && { alsoInChannel: true }) }];
  const hasEnded = events.some(({ type }) => type === 'ended');
  return status !== 'ended' && hasEnded ? [{ part: 'verdict', message: renderGoesOn(record) }] : [];
}

/** The thread of a rollout by what is on record, in the order in which it is posted; the first message begins the thread. */
export function renderRolloutThread(source: RolloutSource, rollouts: Pick<RolloutStore, 'plans'>): Part[] {
  const { record } = source;
  const { plan } = record;
  const waves = wavesToTell(record);
  // The gate of a wave that has not begun.
  const toCome = source.gates.map(({ request }) => request.wave).filter((wave) => wave > record.wave);
  return [
    { part: 'root', message: renderRolloutRoot(source) },
    ...(plan && !isPlanAsked(record)
      ? [{ part: 'plan' as const, ...withPlanFile(renderRolloutPlan(record, plan), source, rollouts) }]
      : []),
    ...[...waves, ...toCome].flatMap((wave) => wavePart(source, wave, rollouts)),
    ...verdictPart(source),
  ];
}
