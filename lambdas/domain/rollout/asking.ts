import type { Control, RolloutRecord, RolloutTarget } from '../../contracts/rollout.ts';
import { isGoingBack } from './controls.ts';
import { isLeft } from './targets.ts';

/** Why a rollout that has ended is not to be asked, or undefined: what would end it again at once is said at once. */
function whyEnded({ outcome, plan, request, stop, wave }: RolloutRecord, control: Control, targets: readonly RolloutTarget[]) {
  const ended = `rollout ${request.rolloutId} has ended: ${outcome ?? 'outcome unknown'}`;
  if (control === 'pause' || control === 'abort') return ended;
  if (control === 'resume') {
    if (request.planOnly) return `${ended}, and only a plan was asked for`;
    if (plan && plan.blockers.length > 0) return `${ended}, because of ${plan.blockers.join('; ')}: start another one`;
    if (stop?.cause === 'rejected') return `${ended}, and its rejection stands: start another one`;
    return targets.some((target) => isLeft(target, 'change')) ? undefined : `${ended}, and nothing is left of it`;
  }
  const isMeant = (target: RolloutTarget): boolean => control === 'undo-all' || target.wave === wave;
  const isApplied = ({ state }: RolloutTarget): boolean => state === 'applied' || state === 'to-undo';
  return targets.some((target) => isMeant(target) && isApplied(target))
    ? undefined
    : `${ended}, and nothing that it applied is left to undo`;
}

/** Why there is nothing to do about what is asked for, or undefined. */
export function whyNotAsked(record: RolloutRecord, control: Control, targets: readonly RolloutTarget[]): string | undefined {
  const { status, request } = record;
  if (control.startsWith('undo') && request.file.wanted.syncerMode === 'centralized') return 'the way back to centralized is not undone';
  if (status === 'ended') return whyEnded(record, control, targets);
  return status === 'paused' && control === 'pause' ? `rollout ${request.rolloutId} is paused already` : undefined;
}

/** Why a rollout that runs is not to go on, or undefined. */
export function whyNotGoingOn({ request: { rolloutId }, stop }: RolloutRecord, targets: readonly RolloutTarget[]): string | undefined {
  if (!stop) return `rollout ${rolloutId} is running`;
  return isGoingBack(targets, stop) ? `rollout ${rolloutId} sends targets back: resume it when that has ended` : undefined;
}
