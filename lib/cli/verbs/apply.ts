import type { Configuration } from '../../../lambdas/contracts/configuration.ts';
import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import type { ChangeRequestInput, Target } from '../../../lambdas/contracts/request.ts';
import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import { type ChangeRun, exitCodeOfReport } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { confirm } from '../confirm.ts';
import { type RunChange, runnerOf } from '../engine.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { currentUser } from '../person.ts';
import { offerRecovery } from '../recovery.ts';
import { renderReport } from '../render/report.ts';
import { parseTarget } from '../target.ts';
import { parseWindow } from '../window.ts';

export interface ApplyFlags {
  readonly to: SyncerMode;
  readonly policy?: MultiProxyPolicy;
  readonly reason?: string;
  readonly yes?: boolean;
  /** Id of the change: the same one with the same request joins it. */
  readonly id?: string;
  /** Moments as `<opens>/<closes>`, or the name of a calendar. */
  readonly window?: string;
  /** How many people have to approve. */
  readonly approvals?: number;
  readonly engine: Engine;
  /** The documented way back: needs nobody's approval. */
  readonly wayBack?: boolean;
}

/** Unless an approval is required, nothing ties the execution that carries a change out to the one that planned it. */
const PLANNED_AGAIN =
  'The deployed workflow makes the plan again before it writes anything, and carries that one out. It stops when the database changes after that.';

/** Shows the plan and asks. @returns the plan's hash when it was agreed to, or the report when there is nothing to agree to. */
async function agree(run: RunChange, { request: { changeId: _, ...request }, ...asked }: ChangeRun): Promise<string | ChangeReport> {
  const { loaded, output } = asked;
  const report = await run({ ...asked, request: { ...request, planOnly: true } });
  if (report.outcome !== 'planned' || !report.plan) return report;
  output.notice(`${renderReport(report, output)}\nconfiguration ${loaded.file}`);
  if (output.engine === 'aws') output.notice(`\n${PLANNED_AGAIN}`);
  if (!(await confirm('\nCarry this out? [y/N] '))) throw new UsageError('not confirmed; nothing was written');
  return report.plan.hash;
}

/** The request that the flags ask for. */
function requestOf(target: Target, flags: ApplyFlags, { defaults }: Configuration): ChangeRequestInput {
  const { to, policy, reason, id, window, approvals, wayBack } = flags;
  return {
    ...(id !== undefined && { changeId: id }),
    target,
    wanted: { syncerMode: to, ...(policy && { proxyPolicy: policy }) },
    requestedBy: defaults.requestedBy ?? currentUser(),
    ...(reason !== undefined && { reason }),
    ...(window !== undefined && { window: parseWindow(window) }),
    ...(approvals !== undefined && { approval: { required: true, approvals } }),
    ...(wayBack && { approval: { required: false } }),
  };
}

export const apply: Verb<ApplyFlags> = async (text, flags, output) => {
  const { config, yes, engine } = flags;
  const loaded = configurationFor(config);
  const run = await runnerOf(engine, text, loaded);
  const target = parseTarget(text, loaded.configuration);
  if (!yes && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new UsageError('apply asks before it writes; without a terminal, say --yes');
  const change: ChangeRun = { loaded, config, request: requestOf(target, flags, loaded.configuration), output };
  if (engine === 'local') await offerRecovery(loaded, target, output);
  const agreed = yes ? undefined : await agree(run, change);
  const report = typeof agreed === 'object' ? agreed : await run({ ...change, ...(agreed !== undefined && { agreedHash: agreed }) });
  const isRecorded = typeof agreed !== 'object' || output.engine === 'aws';
  output.result(report, () => renderReport(report, output, isRecorded));
  return exitCodeOfReport(report);
};
