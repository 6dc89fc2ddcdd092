import type { Control } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import type { Answer } from '../../../lambdas/gates/answers.ts';
import type { Engine, Output } from '../output.ts';
import type { PlanView, RolloutView } from './view.ts';

export interface StartRun {
  readonly rolloutId: string;
  readonly file: RolloutFile;
  /** Go on only with the plan of this hash: the one that was shown and agreed to. */
  readonly agreedHash?: string;
}

export interface RolloutAsk {
  readonly rolloutId: string;
  readonly control: Control;
  readonly reason?: string;
}

/** What was said to an asking, and how the rollout ended where the asking made it run here. */
export interface Controlled {
  readonly answer: Answer;
  readonly view?: RolloutView;
}

/** Whoever runs rollouts. */
export interface RolloutRunner {
  /** Makes the plan of a rollout and nothing else. */
  plan(file: RolloutFile): Promise<PlanView>;
  /** Runs a rollout until it has ended or is paused, and shows it meanwhile. */
  start(run: StartRun): Promise<RolloutView>;
  /** Asks a rollout for something. */
  control(asked: RolloutAsk): Promise<Controlled>;
  /** Follows a rollout that others run. */
  watch(rolloutId: string): Promise<RolloutView>;
}

export interface RunnerProps {
  readonly config: string | undefined;
  readonly output: Output;
}

/** Only the one that is meant is loaded. */
export async function rolloutRunnerOf(engine: Engine, props: RunnerProps): Promise<RolloutRunner> {
  if (engine === 'aws') return new (await import('./deployed.ts')).DeployedRunner(props);
  return new (await import('./local.ts')).LocalRunner(props);
}

export const isAtTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;
