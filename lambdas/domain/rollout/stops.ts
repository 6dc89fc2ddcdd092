import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { Draft } from './draft.ts';
import { failures, goesBack, nameOf } from './targets.ts';

const FEW = 3;
const few = (targets: readonly RolloutTarget[]): string => {
  const named = targets.slice(0, FEW).map((target) => `${nameOf(target)} (${target.state})`);
  return targets.length > FEW ? `${named.join(', ')} and ${targets.length - FEW} more` : named.join(', ');
};

/** Why a budget is spent, or undefined: as many failures as it says are tolerated, one more is not. */
export function overBudget(targets: readonly RolloutTarget[], errorBudget: number): string | undefined {
  const failed = failures(targets);
  if (failed.length <= errorBudget) return undefined;
  return `${failed.length} of ${targets.length} targets failed, and the error budget is ${errorBudget}: ${few(failed)}`;
}

/** Stops a rollout that has a reason to. */
export function stopIfNeeded(draft: Draft): void {
  const { file } = draft.record.request;
  const action = file.onStop;
  const budget = overBudget(draft.targets, file.errorBudget);
  const drifted = file.onDrift === 'stop' ? draft.targets.filter(({ state }) => state === 'drifted') : [];
  if (budget) draft.stop({ cause: 'failures', says: budget, action });
  else if (drifted.length > 0) draft.stop({ cause: 'drift', says: `no longer as planned: ${few(drifted)}`, action });
  else if (draft.sight.alarm) draft.stop({ cause: 'alarm', says: draft.sight.alarm, action });
}

/** Marks what a stop sends back. */
export function markForUndo(draft: Draft): void {
  const { stop } = draft.record;
  if (!stop) return;
  for (const { tally: _, ...target } of draft.targets)
    if (goesBack(target, stop)) draft.change({ ...target, state: 'to-undo', says: `the rollout stopped: ${stop.says}` });
}
