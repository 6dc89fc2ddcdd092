import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import type { Answer } from '../../../lambdas/gates/answers.ts';
import { exitCodeOfReport } from '../change.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderReport } from '../render/report.ts';

export interface CancelFlags {
  readonly reason?: string;
  readonly engine: Engine;
}

async function askToStop(changeId: string, { config, engine, reason }: CancelFlags & { config?: string }): Promise<Answer> {
  const desk =
    engine === 'aws' ? await (await import('../deployed-desk.ts')).deployedDesk() : (await import('../local-desk.ts')).localDesk(config);
  try {
    return await desk.cancel({ changeId, ...(reason !== undefined && { reason }) });
  } finally {
    desk.close();
  }
}

/** It did what was asked when it stopped for that reason, with nothing left that was written. */
const wasCancelled = ({ outcome, error }: ChangeReport): boolean =>
  error?.name === 'ChangeCancelledError' && (outcome === 'refused' || outcome === 'rolled-back');

/** Stops a change the clean way: what it wrote is rolled back, and its end is shown. */
export const cancel: Verb<CancelFlags> = async (changeId, flags, output) => {
  const { config, engine } = flags;
  const answer = await askToStop(changeId, flags);
  if (!answer.accepted) {
    output.result({ changeId, ...answer }, () => `not stopped: ${answer.says}`);
    return EXIT.refused;
  }
  output.progress(answer.says);
  const report =
    engine === 'aws'
      ? await (await import('../deployed.ts')).watchDeployed(changeId, output)
      : await (await import('../watch-local.ts')).watchLocal(changeId, config, output);
  output.result(report, () => renderReport(report, output));
  if (wasCancelled(report)) return 0;
  output.notice(`change ${changeId} was not stopped: it had come to its end, ${report.outcome}`);
  return exitCodeOfReport(report) || EXIT.refused;
};
