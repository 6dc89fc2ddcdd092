import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { currentUser, exitCodeOfReport, runChange } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import type { Verb } from '../main.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';

export const plan: Verb<{ to: SyncerMode; policy?: MultiProxyPolicy }> = async (text, { config, to, policy }, output) => {
  const loaded = configurationFor(config);
  const target = parseTarget(text, loaded.configuration);
  const request = {
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: loaded.configuration.defaults.requestedBy ?? currentUser(),
    planOnly: true,
  };
  const report = await runChange({ loaded, request, output });
  output.result(report, () => renderReport(report, output));
  return exitCodeOfReport(report);
};
