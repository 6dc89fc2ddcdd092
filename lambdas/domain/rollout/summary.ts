import { changeIdAt, type RolloutRecord, type RolloutTarget, type Stop } from '../../contracts/rollout.ts';
import type { RolloutOutcome, TargetState } from '../../contracts/rollout-outcomes.ts';
import { median, percentile95 } from '../statistics.ts';
import { isUnderWay, nameOf } from './targets.ts';

/** How many targets stand where; states without a target are absent. */
export type StateCounts = Partial<Record<TargetState, number>>;

/** `passed`: the rollout has gone past it. `stopped`: the rollout stopped while this wave was under way or baking. */
export type WavePhase = 'to-come' | 'under-way' | 'baking' | 'passed' | 'stopped';

export interface WaveSummary {
  readonly wave: number;
  readonly targets: number;
  readonly counts: StateCounts;
  readonly phase: WavePhase;
}

/** A target that is not as wanted, or not yet. */
export interface NotApplied {
  /** `eu-west/orders`. */
  readonly target: string;
  readonly id: string;
  readonly position: number;
  readonly wave: number;
  readonly state: TargetState;
  readonly says?: string;
  /** Of its latest change; of its first one while it has none. */
  readonly changeId: string;
}

/** A rollout as it is shown and reported, at any moment. */
export interface RolloutSummary {
  readonly rolloutId: string;
  readonly name: string;
  readonly status: RolloutRecord['status'];
  readonly outcome?: RolloutOutcome;
  readonly planHash?: string;
  readonly stop?: Stop;
  readonly counts: StateCounts;
  /** Of the changes that ended; absent while there is none. */
  readonly durations?: { readonly medianSeconds: number; readonly p95Seconds: number };
  /** Those that hold targets, in order. */
  readonly waves: readonly WaveSummary[];
  /** In the order of the targets. */
  readonly notApplied: readonly NotApplied[];
}

function countStates(targets: readonly Pick<RolloutTarget, 'state'>[]): StateCounts {
  const counts: StateCounts = {};
  for (const { state } of targets) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** In seconds; undefined for a change that has not ended. */
function durationOf(target: RolloutTarget): number | undefined {
  const { startedAt, endedAt } = target;
  if (startedAt === undefined || endedAt === undefined || isUnderWay(target)) return undefined;
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}

/** How long the changes took that have ended; undefined while none has. */
export function durationsOf(targets: readonly RolloutTarget[]): RolloutSummary['durations'] {
  const seconds = targets.map(durationOf).filter((each) => each !== undefined);
  return seconds.length === 0 ? undefined : { medianSeconds: median(seconds), p95Seconds: percentile95(seconds) };
}

function phaseOf(wave: number, { wave: latest, baked, stop, bake, status }: RolloutRecord): WavePhase {
  if (wave > latest) return 'to-come';
  if (wave < latest || wave <= baked) return 'passed';
  if (stop) return 'stopped';
  if (status === 'ended') return 'passed';
  return bake?.wave === wave ? 'baking' : 'under-way';
}

function wavesOf(record: RolloutRecord, targets: readonly RolloutTarget[]): WaveSummary[] {
  return [...Map.groupBy(targets, ({ wave }) => wave)]
    .filter(([wave]) => wave > 0)
    .sort(([a], [b]) => a - b)
    .map(([wave, members]) => ({ wave, targets: members.length, counts: countStates(members), phase: phaseOf(wave, record) }));
}

const AS_WANTED: ReadonlySet<TargetState> = new Set(['applied', 'unchanged']);

const notApplied = (rolloutId: string, target: RolloutTarget): NotApplied => ({
  target: nameOf(target),
  id: target.id,
  position: target.position,
  wave: target.wave,
  state: target.state,
  ...(target.says !== undefined && { says: target.says }),
  changeId: changeIdAt(rolloutId, target, target.undo),
});

export function summaryOf(record: RolloutRecord, targets: readonly RolloutTarget[]): RolloutSummary {
  const { request, status, outcome, plan, stop } = record;
  const durations = durationsOf(targets);
  return {
    rolloutId: request.rolloutId,
    name: request.file.name,
    status,
    ...(outcome && { outcome }),
    ...(plan && { planHash: plan.hash }),
    ...(stop && { stop }),
    counts: countStates(targets),
    ...(durations && { durations }),
    waves: wavesOf(record, targets),
    notApplied: targets.filter(({ state }) => !AS_WANTED.has(state)).map((target) => notApplied(request.rolloutId, target)),
  };
}

/** A rollout that has such a target cannot end well: it is not proven safe, or had to go back and did not. */
const UNSETTLED: readonly TargetState[] = ['needs-operator', 'running', 'to-undo', 'undoing'];
const WRITTEN_AND_RESTORED: readonly TargetState[] = ['rolled-back', 'undone'];
/** Its change was cut short, restored what it may have written, and was not made again yet. */
const wasCutShort = ({ attempt = 1 }: RolloutTarget): boolean => attempt > 1;
/** Stops before the first write that are outcomes of their own. */
const OUTCOME_OF_STOP: Partial<Record<Stop['cause'], RolloutOutcome>> = {
  rejected: 'rejected',
  expired: 'expired',
  window: 'window-missed',
};

/**
 * How a rollout has ended, told from where its targets stand. Where nothing was written, what stopped it tells. Where nothing did, its
 * targets were refused, or no longer as planned, one by one: that is `refused`, which says that nothing was written, and not `undone`.
 * So is a rollout that stopped by itself before any change began.
 */
export function outcomeOf({ plan, stop }: Pick<RolloutRecord, 'plan' | 'stop'>, targets: readonly RolloutTarget[]): RolloutOutcome {
  const counts = countStates(targets);
  const some = (states: readonly TargetState[]): boolean => states.some((state) => counts[state] !== undefined);
  if (some(UNSETTLED)) return 'needs-operator';
  if (!stop && targets.length > 0 && targets.every(({ state }) => AS_WANTED.has(state))) return 'completed';
  if (some(['applied'])) return 'incomplete';
  if (some(WRITTEN_AND_RESTORED) || targets.some(wasCutShort)) return 'undone';
  const own = stop && OUTCOME_OF_STOP[stop.cause];
  if (own) return own;
  const neverBegan = targets.every(({ startedAt }) => startedAt === undefined);
  return !stop || (neverBegan && (stop.cause !== 'asked' || (plan?.blockers.length ?? 0) > 0)) ? 'refused' : 'undone';
}
