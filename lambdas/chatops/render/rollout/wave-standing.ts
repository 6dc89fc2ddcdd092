import type { RolloutRecord, RolloutTarget } from '../../../contracts/rollout.ts';
import type { TargetState } from '../../../contracts/rollout-outcomes.ts';
import type { Standing } from '../outcome.ts';
import { moment } from '../text.ts';

const isIn = (targets: readonly RolloutTarget[], ...states: TargetState[]): boolean => targets.some(({ state }) => states.includes(state));

/** Of a wave that has stopped. */
function stopped(targets: readonly RolloutTarget[]): Standing {
  if (isIn(targets, 'to-undo', 'undoing')) return { sign: ':leftwards_arrow_with_hook:', says: 'goes back' };
  if (isIn(targets, 'needs-operator')) return { sign: ':rotating_light:', says: 'stopped, needs an operator' };
  if (isIn(targets, 'undone')) return { sign: ':leftwards_arrow_with_hook:', says: 'went back' };
  return { sign: ':octagonal_sign:', says: 'stopped' };
}

/** How a wave stands. @param targets - those of the wave. */
export function waveStanding(record: RolloutRecord, wave: number, targets: readonly RolloutTarget[]): Standing {
  if (isIn(targets, 'to-undo', 'undoing', 'undone')) return stopped(targets);
  if (wave <= record.baked) return { sign: ':white_check_mark:', says: 'passed' };
  if (wave > record.wave) return { sign: ':white_small_square:', says: record.stop ? 'not begun' : 'to come' };
  if (record.stop) return stopped(targets);
  if (record.bake?.wave === wave) return { sign: ':thermometer:', says: `watched until ${moment(record.bake.until)}` };
  return record.status === 'paused' ? { sign: ':double_vertical_bar:', says: 'paused' } : { sign: ':gear:', says: 'under way' };
}
