import { ROLLOUT_OUTCOMES, type RolloutOutcome } from '../../../contracts/rollout-outcomes.ts';
import type { Standing } from '../outcome.ts';
import { moment, said } from '../text.ts';
import type { RolloutSource } from './source.ts';

const ENDS: Readonly<Record<RolloutOutcome, Standing>> = {
  completed: { sign: ':white_check_mark:', says: 'completed' },
  planned: { sign: ':memo:', says: 'planned' },
  refused: { sign: ':no_entry:', says: 'refused' },
  rejected: { sign: ':x:', says: 'rejected' },
  expired: { sign: ':alarm_clock:', says: 'expired' },
  'window-missed': { sign: ':calendar:', says: 'window missed' },
  undone: { sign: ':leftwards_arrow_with_hook:', says: 'stopped and undone' },
  'needs-operator': { sign: ':rotating_light:', says: 'needs an operator' },
  incomplete: { sign: ':warning:', says: 'stopped, what is applied is kept' },
};

export const endOf = (outcome: RolloutOutcome): Standing & { readonly meaning: string } => ({
  ...ENDS[outcome],
  meaning: ROLLOUT_OUTCOMES[outcome].meaning,
});

export const STARTING: Standing = { sign: ':hourglass_flowing_sand:', says: 'starting' };
const SURVEYING: Standing = { sign: ':mag:', says: 'looks at the clusters and makes its plan' };

const isGoingBack = ({ targets }: RolloutSource): boolean => targets.some(({ state }) => state === 'to-undo' || state === 'undoing');

/** What it waits for, if the latest thing that happened is that it began to wait. */
function waitOf({ events }: RolloutSource): Standing | undefined {
  const last = events.findLast(({ type }) => type !== 'note');
  return last?.type === 'waiting' ? { sign: ':calendar:', says: `waits until ${moment(last.until)}: ${said(last.says)}` } : undefined;
}

function underWay({ record }: RolloutSource): Standing {
  const { wave, plan, bake } = record;
  const waves = `wave ${wave} of ${plan?.waves.length ?? wave}`;
  return bake?.wave === wave ? { sign: ':thermometer:', says: `watches ${waves}` } : { sign: ':gear:', says: `${waves} is under way` };
}

/** How a rollout stands by what is on record. */
export function rolloutStanding(source: RolloutSource): Standing {
  const { record, gates } = source;
  if (record.status === 'ended') return record.outcome ? ENDS[record.outcome] : { sign: ':grey_question:', says: 'ended' };
  if (isGoingBack(source)) return { sign: ':leftwards_arrow_with_hook:', says: 'sends targets back to centralized' };
  if (record.status === 'paused') return { sign: ':double_vertical_bar:', says: 'paused' };
  if (record.stop) return { sign: ':octagonal_sign:', says: 'stops: what runs comes to its end' };
  if (!record.plan) return SURVEYING;
  if (gates.some(({ status }) => status === 'waiting')) return { sign: ':hourglass:', says: 'waits for approval' };
  return waitOf(source) ?? (record.wave === 0 ? STARTING : underWay(source));
}
