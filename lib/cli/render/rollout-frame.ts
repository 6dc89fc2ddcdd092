import type { RolloutRecord, RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { type RolloutSummary, summaryOf } from '../../../lambdas/domain/rollout/summary.ts';
import { nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import { countsInWords, lengthInWords, several, shortHash } from '../rollout/words.ts';
import { renderTable } from './table.ts';

/** A target whose change is under way, and what that is doing. */
export interface Active {
  readonly target: RolloutTarget;
  readonly activity: string;
}

/** What the live view shows at one moment. */
export interface Moment {
  readonly record: RolloutRecord;
  readonly targets: readonly RolloutTarget[];
  /** Of those under way, as many as are shown. */
  readonly active: readonly Active[];
  /** Clusters that were read so far, while there is no plan yet. */
  readonly surveyed: number;
  readonly now: number;
}

/** Waves shown one by one: the one before the present wave, it, and those after it. */
const WAVES_SHOWN = 6;

const lined = (rows: string[][]): string[] => (rows.length === 0 ? [] : renderTable(rows).split('\n'));

const secondsSince = (at: string, now: number): number => Math.max(0, Math.round((now - Date.parse(at)) / 1000));

function waveLines({ waves }: RolloutSummary, wave: number): string[] {
  const first = Math.max(0, Math.min(wave - 2, waves.length - WAVES_SHOWN));
  const shown = waves.slice(first, first + WAVES_SHOWN);
  const row = ({ wave: number, targets, counts, phase }: (typeof waves)[number]) => [
    `  wave ${number}`,
    several(targets, 'target'),
    countsInWords(counts),
    phase.replace('-', ' '),
  ];
  const after = waves.length - first - shown.length;
  return [
    ...(first > 0 ? [`  ${several(first, 'wave')} before`] : []),
    ...lined(shown.map(row)),
    ...(after > 0 ? [`  ${several(after, 'wave')} after`] : []),
  ];
}

const activeRows = ({ active, now }: Moment): string[][] =>
  active.map(({ target, activity }) => [
    `  ${nameOf(target)}`,
    target.startedAt === undefined ? '' : lengthInWords(secondsSince(target.startedAt, now)),
    activity,
  ]);

function bakeLine({ record: { bake, baked, stop }, now }: Moment): string[] {
  if (!bake || bake.wave <= baked || stop) return [];
  const left = Math.ceil((Date.parse(bake.until) - now) / 1000);
  return [`  wave ${bake.wave} is watched: ${left > 0 ? `${lengthInWords(left)} to go` : 'until its members have shown enough'}`];
}

/** The lines of the live view. */
export function frameOf(moment: Moment): string[] {
  const { record, targets, active, surveyed } = moment;
  const { request, plan, wave, stop, status } = record;
  if (!plan) return [`${request.rolloutId}  ${surveyed > 0 ? `${several(surveyed, 'cluster')} read` : 'begins'}`];
  const summary = summaryOf(record, targets);
  const underWay = (summary.counts.running ?? 0) + (summary.counts.undoing ?? 0);
  return [
    `${request.rolloutId}  ${status}, wave ${wave} of ${plan.waves.length}, plan ${shortHash(plan.hash)}`,
    ...waveLines(summary, wave),
    ...(stop ? [`  stopped: ${stop.says}`] : []),
    ...bakeLine(moment),
    ...lined(activeRows(moment)),
    ...(underWay > active.length ? [`  and ${underWay - active.length} more under way`] : []),
  ];
}
