import { randomBytes } from 'node:crypto';
import { ROLLOUT_ID } from '../../../lambdas/contracts/request.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import { newRolloutId } from '../../../lambdas/domain/rollout/rollout-id.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { configurationFor } from '../configuration.ts';
import { confirm } from '../confirm.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine, Output } from '../output.ts';
import { renderRolloutPlan } from '../render/rollout-plan.ts';
import { rolloutFileFrom } from '../rollout/file.ts';
import { exitCodeOfRollout } from '../rollout/outcome.ts';
import { isAtTerminal, type RolloutRunner, rolloutRunnerOf } from '../rollout/runner.ts';
import { documentOf, type PlanView } from '../rollout/view.ts';
import { isCarriedOut } from './rollout-plan.ts';
import { printRollout } from './rollout-print.ts';

export interface RolloutStartFlags {
  readonly yes?: boolean;
  /** Id of the rollout: the same one with the same file joins it. */
  readonly id?: string;
  /** Also show the targets that a long list leaves out. */
  readonly all?: boolean;
  readonly engine: Engine;
}

function idOf(file: RolloutFile, given: string | undefined): string {
  if (given === undefined) return newRolloutId(file.name, new Date(), randomBytes(4).toString('hex'));
  if (!ROLLOUT_ID.test(given)) throw new UsageError('--id: expected "rol-" and at most 50 letters, digits and hyphens');
  return given;
}

/** Shows the plan and asks. @returns the plan's hash when it was agreed to, or the view when there is nothing to agree to. */
async function agree(
  file: RolloutFile,
  runner: RolloutRunner,
  { configuration: { defaults }, file: configFile }: LoadedConfiguration,
  all: boolean,
  output: Output,
): Promise<string | PlanView> {
  const view = await runner.plan(file);
  const { plan } = view.record;
  if (!isCarriedOut(view) || !plan) return view;
  output.notice(`${renderRolloutPlan(view, defaults, all, output)}\nconfiguration ${configFile}`);
  if (!(await confirm('\nCarry this out? [y/N] '))) throw new UsageError('not confirmed; nothing was written');
  return plan.hash;
}

/** Plans a rollout, asks, and carries it out. */
export const rolloutStart: Verb<RolloutStartFlags> = async (path, { config, yes = false, id, all = false, engine }, output) => {
  const loaded = configurationFor(config);
  const file = rolloutFileFrom(path, loaded);
  const rolloutId = idOf(file, id);
  if (!yes && !isAtTerminal()) throw new UsageError('rollout start asks before it writes; without a terminal, say --yes');
  const runner = await rolloutRunnerOf(engine, { config, output });
  const agreed = yes ? undefined : await agree(file, runner, loaded, all, output);
  if (typeof agreed === 'object') {
    output.result(documentOf(agreed), () => renderRolloutPlan(agreed, loaded.configuration.defaults, all, output));
    return exitCodeOfRollout(agreed.record) || EXIT.refused;
  }
  const view = await runner.start({ rolloutId, file, ...(agreed !== undefined && { agreedHash: agreed }) });
  return printRollout(view, all, output);
};
