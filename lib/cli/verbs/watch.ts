import { CHANGE_ID } from '../../../lambdas/contracts/request.ts';
import { exitCodeOfReport } from '../change.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderReport } from '../render/report.ts';

/** Follows a change until it has ended and prints its report. It only looks: stopping it stops nothing else. */
export const watch: Verb<{ engine: Engine }> = async (changeId, { config, engine }, output) => {
  if (!CHANGE_ID.test(changeId)) throw new UsageError(`${JSON.stringify(changeId)} is no id of a change`);
  const report =
    engine === 'aws'
      ? await (await import('../deployed.ts')).watchDeployed(changeId, output)
      : await (await import('../watch-local.ts')).watchLocal(changeId, config, output);
  output.result(report, () => renderReport(report, output));
  return exitCodeOfReport(report);
};
