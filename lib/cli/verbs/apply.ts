import { createInterface } from 'node:readline/promises';
import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../../lambdas/contracts/request.ts';
import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { type ChangeRun, currentUser, exitCodeOfReport } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { type RunChange, runnerOf } from '../engine.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';

export interface ApplyFlags {
  readonly to: SyncerMode;
  readonly policy?: MultiProxyPolicy;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly engine: Engine;
  /** The documented way back: needs nobody's approval. */
  readonly wayBack?: boolean;
}

/** Nothing yet ties the execution that carries a change out to the one that planned it. */
const PLANNED_AGAIN =
  'The deployed workflow makes the plan again before it writes anything, and carries that one out. It stops when the database changes after that.';

/** Shows the plan and asks. @returns the plan's hash when it was agreed to, or the report when there is nothing to agree to. */
async function agree(run: RunChange, { loaded, request, output }: ChangeRun): Promise<string | ChangeReport> {
  const report = await run({ loaded, request: { ...request, planOnly: true }, output });
  if (report.outcome !== 'planned' || !report.plan) return report;
  output.notice(`${renderReport(report, output)}\nconfiguration ${loaded.file}`);
  if (output.engine === 'aws') output.notice(`\n${PLANNED_AGAIN}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close the prompt without an answer, which is a no.
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  const answer = await terminal.question('\nCarry this out? [y/N] ', { signal: closed.signal }).catch(() => '');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('not confirmed; nothing was written');
  return report.plan.hash;
}

export const apply: Verb<ApplyFlags> = async (text, { config, to, policy, reason, yes, engine, wayBack }, output) => {
  const loaded = configurationFor(config);
  const run = await runnerOf(engine, text, loaded);
  const target = parseTarget(text, loaded.configuration);
  if (!yes && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new UsageError('apply asks before it writes; without a terminal, say --yes');
  const request: ChangeRequestInput = {
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: loaded.configuration.defaults.requestedBy ?? currentUser(),
    ...(reason !== undefined && { reason }),
    ...(wayBack && { approval: { required: false } }),
  };
  const agreed = yes ? undefined : await agree(run, { loaded, request, output });
  const report =
    typeof agreed === 'object' ? agreed : await run({ loaded, request, output, ...(agreed !== undefined && { agreedHash: agreed }) });
  const isRecorded = typeof agreed !== 'object' || output.engine === 'aws';
  output.result(report, () => renderReport(report, output, isRecorded));
  return exitCodeOfReport(report);
};
