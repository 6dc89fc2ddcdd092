import type { Asked, Control, RolloutTarget, Stop } from '../../contracts/rollout.ts';
import type { StopAction } from '../../contracts/rollout-file.ts';
import type { Draft } from './draft.ts';
import { goesBack, isLeft } from './targets.ts';

const ACTIONS = { abort: 'stop', 'undo-wave': 'undo-wave', 'undo-all': 'undo-all' } as const satisfies Record<string, StopAction>;

/** Whether it ends the way forward, as somebody wants it to. */
export const isStop = (control: Control): control is keyof typeof ACTIONS => Object.hasOwn(ACTIONS, control);

const because = ({ by, reason }: Asked): string => `asked for by ${by}${reason === undefined ? '' : `: ${reason}`}`;

/** A failure that somebody has looked at counts no longer. */
const forgiven = ({ failed: _, ...target }: RolloutTarget): RolloutTarget => target;

/** Whether something is on its way back, or will be because the rollout stopped. */
export const isGoingBack = (targets: readonly RolloutTarget[], stop: Stop): boolean =>
  targets.some((target) => isLeft(target, 'undo') || goesBack(target, stop));

/**
 * Goes on with what is left, whatever it stopped for; what is on its way back goes back first, and then the rollout ends as it would have.
 * A wave that was being watched is watched from the start: nobody took samples meanwhile, and time alone must condemn no member.
 */
function resume(draft: Draft): void {
  const { stop } = draft.record;
  if (stop && isGoingBack(draft.targets, stop)) return;
  draft.forget('stop', 'progress', 'bake');
  draft.update({ stalled: 0 });
  for (const target of draft.targets) if (target.failed) draft.change(forgiven(target));
}

/** Does what somebody has asked for. @returns true when the rollout pauses now. */
export function takeUp(draft: Draft, asked: Asked): boolean {
  const { control } = asked;
  if (control === 'pause') {
    draft.update({ status: 'paused' });
    draft.say({ type: 'paused' });
    return true;
  }
  if (control === 'resume') resume(draft);
  else draft.stop({ cause: 'asked', says: `${control}, ${because(asked)}`, action: ACTIONS[control] });
  return false;
}
