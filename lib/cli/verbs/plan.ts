import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { exitCodeOfReport } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { runnerOf } from '../engine.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { currentUser } from '../person.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';
import { parseWindow } from '../window.ts';

export const plan: Verb<{ to: SyncerMode; policy?: MultiProxyPolicy; window?: string; engine: Engine }> = async (
  text,
  { config, to, policy, window, engine },
  output,
) => {
  const loaded = configurationFor(config);
  const run = await runnerOf(engine, text, loaded);
  const target = parseTarget(text, loaded.configuration);
  const request = {
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: loaded.configuration.defaults.requestedBy ?? currentUser(),
    ...(window !== undefined && { window: parseWindow(window) }),
    planOnly: true,
  };
  const report = await run({ loaded, config, request, output });
  output.result(report, () => renderReport(report, output, output.engine === 'aws'));
  return exitCodeOfReport(report);
};
