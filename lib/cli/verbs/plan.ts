import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { loadConfiguration } from '../../config/load.ts';
import { currentUser, exitCodeOfReport, runChange } from '../change.ts';
import type { Verb } from '../main.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';

export const plan: Verb<{ to: SyncerMode; policy?: MultiProxyPolicy }> = async (text, { config, to, policy }, output) => {
  const loaded = loadConfiguration(config, process.cwd());
  const target = parseTarget(text, loaded.configuration);
  const request = {
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: currentUser(),
    planOnly: true,
  };
  const report = await runChange({ loaded, request, output });
  output.result(report, () => renderReport(report, output));
  return exitCodeOfReport(report);
};
