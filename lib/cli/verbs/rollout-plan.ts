import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderRolloutPlan } from '../render/rollout-plan.ts';
import { rolloutFileFrom } from '../rollout/file.ts';
import { exitCodeOfRollout } from '../rollout/outcome.ts';
import { rolloutRunnerOf } from '../rollout/runner.ts';
import { settingsOf } from '../rollout/settings.ts';
import { documentOf, type PlanView } from '../rollout/view.ts';

/** A plan that was made, and that can be carried out. */
export const isCarriedOut = ({ record }: PlanView): boolean => record.outcome === 'planned' && record.plan?.blockers.length === 0;

/** Prints what a rollout would do; writes nothing. */
export const rolloutPlan: Verb<{ all?: boolean; engine: Engine }> = async (path, { config, all = false, engine }, output) => {
  const loaded = configurationFor(config);
  const { defaults } = loaded.configuration;
  const file = rolloutFileFrom(path, loaded);
  const runner = await rolloutRunnerOf(engine, { config, output });
  const view = await runner.plan(file);
  const document = { ...documentOf(view), settings: settingsOf(view.record.request.file, defaults) };
  output.result(document, () => renderRolloutPlan(view, defaults, all, output));
  return isCarriedOut(view) ? 0 : exitCodeOfRollout(view.record) || EXIT.refused;
};
