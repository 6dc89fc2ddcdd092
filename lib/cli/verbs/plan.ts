import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { currentUser, exitCodeOfReport } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { runnerOf } from '../engine.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';

export const plan: Verb<{ to: SyncerMode; policy?: MultiProxyPolicy; engine: Engine }> = async (
  text,
  { config, to, policy, engine },
  output,
) => {
  const loaded = configurationFor(config);
  const run = await runnerOf(engine, text, loaded);
  const target = parseTarget(text, loaded.configuration);
  const request = {
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: loaded.configuration.defaults.requestedBy ?? currentUser(),
    planOnly: true,
  };
  const report = await run({ loaded, request, output });
  output.result(report, () => renderReport(report, output, output.engine === 'aws'));
  return exitCodeOfReport(report);
};
