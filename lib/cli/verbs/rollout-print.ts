import type { Output } from '../output.ts';
import { renderSummary } from '../render/rollout-summary.ts';
import { exitCodeOfRollout } from '../rollout/outcome.ts';
import { documentOf, type RolloutView } from '../rollout/view.ts';

/** Prints how a rollout ended or was left. @returns the exit code. */
export function printRollout(view: RolloutView, all: boolean, output: Output): number {
  output.result(documentOf(view), () => renderSummary(view, all, output));
  return exitCodeOfRollout(view.record);
}
