import type { RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOMES, type TargetState } from '../../lambdas/contracts/rollout-outcomes.ts';
import { summaryOf } from '../../lambdas/domain/rollout/summary.ts';
import type { Aftermath, Ended } from './rollout-chaos-run.ts';

const some = (targets: readonly RolloutTarget[], ...states: TargetState[]): boolean => targets.some(({ state }) => states.includes(state));

/** Exit codes that fit where the targets stand, as they are documented. */
function codesFor({ record, targets }: Ended): readonly number[] {
  if (record.plan === undefined || record.plan.blockers.length > 0) return [3];
  if (some(targets, 'needs-operator')) return [7];
  const isWhole = targets.length > 0 && targets.every(({ state }) => state === 'applied' || state === 'unchanged');
  if (isWhole && !record.stop) return [0];
  if (some(targets, 'applied')) return [8];
  if (some(targets, 'rolled-back', 'undone')) return [6];
  return [3, 4, 6];
}

/** What says that nothing was written must be right. */
const NOTHING_WRITTEN: ReadonlySet<string> = new Set(['refused', 'rejected', 'expired', 'window-missed', 'planned']);

function ofEnd({ lab, rollouts }: Aftermath, ended: Ended): string[] {
  const { record, targets } = ended;
  const { outcome, stop } = record;
  if (!outcome) return ['outcome: it ended without one'];
  const codes = codesFor(ended);
  const { exitCode } = ROLLOUT_OUTCOMES[outcome];
  const isWritten = rollouts.length === 1 && lab.clusters.writes.length > 0;
  const goesBack = ({ state, wave }: RolloutTarget) =>
    state === 'applied' && (stop?.action === 'undo-all' || (stop?.action === 'undo-wave' && wave === stop.wave));
  return [
    ...(codes.includes(exitCode) ? [] : [`outcome: ${outcome} exits with ${exitCode}, and its targets with ${codes.join(' or ')}`]),
    ...(isWritten && NOTHING_WRITTEN.has(outcome) ? [`outcome: ${outcome} says that nothing was written`] : []),
    ...targets.filter(goesBack).map(({ cluster, id }) => `undo: ${cluster}/${id} is still applied after ${stop?.action}`),
  ];
}

/** The counts, the waves and the list of what is not applied add up to the targets. */
function ofSummary({ record, targets }: Ended): string[] {
  const summary = summaryOf(record, targets);
  const counted = Object.values(summary.counts).reduce((sum, count) => sum + count, 0);
  const byState = Map.groupBy(targets, ({ state }) => state);
  const inWaves = summary.waves.reduce((sum, wave) => sum + wave.targets, 0);
  const listed = summary.notApplied.map(({ position }) => position).join();
  const notApplied = targets.filter(({ state }) => state !== 'applied' && state !== 'unchanged').map(({ position }) => position);
  return [
    ...(counted === targets.length ? [] : [`summary: it counts ${counted} of ${targets.length} targets`]),
    ...[...byState].filter(([state, all]) => summary.counts[state] !== all.length).map(([state]) => `summary: wrong count of ${state}`),
    ...(inWaves === targets.filter(({ wave }) => wave > 0).length ? [] : [`summary: its waves hold ${inWaves} targets`]),
    ...(listed === notApplied.join() ? [] : [`summary: not applied are ${notApplied.join()}, and it lists ${listed}`]),
  ];
}

/** How a rollout has ended, held against where its targets stand. */
export function ofOutcome(aftermath: Aftermath, ended: Ended): string[] {
  const { status } = ended.record;
  const { asked } = aftermath.lab;
  const mayPause =
    asked.findLast(({ id, control }) => id === ended.id && (control === 'pause' || control === 'resume'))?.control === 'pause';
  return [
    ...(status === 'running' ? ['outcome: it is running, and nobody runs it'] : []),
    ...(status === 'paused' && !mayPause ? ['outcome: it is paused, and nobody asked for that'] : []),
    ...(status === 'ended' ? ofEnd(aftermath, ended) : []),
    ...ofSummary(ended),
  ];
}
