import type { Configuration } from '../../lambdas/contracts/configuration.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import { fullRequest } from '../../lambdas/domain/full-request.ts';
import { LostSightError, UnknownChangeError } from '../deployed/errors.ts';
import type { Watcher } from '../deployed/narrator.ts';
import type { DeployedWorkflow } from '../deployed/workflow.ts';
import { type ChangeRun, newChangeId } from './change.ts';
import { EXIT, NotFollowedError, UsageError } from './errors.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { type Interruption, interruptible } from './signals.ts';
import { withStore } from './store.ts';
import { requireRecord } from './verbs/show.ts';

/** @throws UsageError when only this machine can reach the cluster. */
export function requireDeployable(target: string, { clusters }: Configuration): void {
  const [name = ''] = target.split('/');
  if (Object.hasOwn(clusters, name) && clusters[name]?.transport === 'exec')
    throw new UsageError(
      `--engine aws: cluster ${name} has the transport "exec", a program on one machine, which the deployed workflow cannot start; use "ssm" or "rest", or --engine local`,
    );
}

const watcherOf = (progress: Progress, changeId: string): Watcher => ({
  event: (event) => progress.event(changeId, event),
  waiting: progress.waiting,
  say: (text) => progress.say(text),
});

/** Runs a watching; that it ended without the change is an error which says how to go on. */
async function watching<T>(
  changeId: string,
  output: Output,
  watch: (progress: Progress, interruption: Interruption) => Promise<T | undefined>,
): Promise<T> {
  const progress = new Progress(output);
  const interruption = interruptible();
  const goOn = `follow it with: ${output.invocation(`watch ${changeId}`)}`;
  try {
    const result = await watch(progress, interruption);
    if (result !== undefined) return result;
    const { name, exitCode } = interruption.came() ?? { name: 'stopped', exitCode: EXIT.outOfSight };
    throw new NotFollowedError(
      `${name}: no longer following change ${changeId}; it goes on in AWS and is not rolled back; ${goOn}`,
      exitCode,
    );
  } catch (error) {
    if (!(error instanceof LostSightError)) throw error;
    throw new NotFollowedError(
      `${error.message}; if it runs it goes on in AWS; ${goOn}`,
      interruption.came()?.exitCode ?? EXIT.outOfSight,
      {
        cause: error,
      },
    );
  } finally {
    progress.end();
    interruption.release();
  }
}

/** Loads the SDK, which nothing else on the command line needs. */
async function withWorkflow<T>(use: (workflow: DeployedWorkflow) => Promise<T>): Promise<T> {
  const { withDeployedWorkflow } = await import('../deployed/client.ts');
  return withDeployedWorkflow(use);
}

/**
 * Runs a change in the workflow that is deployed, and shows it while it runs.
 * @throws StepError `InvalidInputError` when the request does not fit its schema; ConfigurationError when AWS does not let us start it.
 * @throws NotFollowedError when the change goes on without us.
 */
export async function runDeployed({ loaded, request, output, agreedHash }: ChangeRun): Promise<ChangeReport> {
  const changeId = request.changeId ?? newChangeId(request.target.database);
  fullRequest(request, loaded.configuration.defaults, changeId);
  const report = await withWorkflow((workflow) =>
    watching(changeId, output, async (progress, { stop }) => {
      const watcher = watcherOf(progress, changeId);
      await workflow.start(changeId, request, watcher.say, stop);
      output.progress(`${request.planOnly ? 'plan' : 'change'} ${changeId} runs in AWS, ${workflow.region}`);
      return workflow.follow(changeId, watcher, { stop, isNew: true });
    }),
  );
  if (agreedHash !== undefined && report.plan && report.plan.hash !== agreedHash)
    output.notice('the database had changed since the plan was shown: this change was made by another plan, the one in its report');
  return report;
}

/**
 * Follows a change that somebody started.
 * @throws UsageError when there is no such change; NotFollowedError when it goes on without us.
 */
export function watchDeployed(changeId: string, output: Output): Promise<ChangeReport> {
  return withWorkflow(async (workflow) => {
    try {
      return await watching(changeId, output, (progress, { stop }) => workflow.follow(changeId, watcherOf(progress, changeId), { stop }));
    } catch (error) {
      if (!(error instanceof UnknownChangeError)) throw error;
      throw new UsageError(
        `no execution ${JSON.stringify(changeId)} is known in ${workflow.region}; ${output.invocation('list')} shows the changes on record`,
      );
    }
  });
}

/**
 * Recovers a deployed change whose execution was cut short, and shows it.
 * @throws UsageError when there is no such change; StepError `LockHeldError` when its execution still runs.
 */
export async function recoverDeployed(
  changeId: string,
  output: Output,
): Promise<{ changeId: string; says: string; report?: ChangeReport }> {
  await withStore('aws', undefined, (store) => requireRecord(store, changeId, output));
  const { withDeployedRecovery } = await import('../deployed/recovery.ts');
  return withDeployedRecovery((recovery) =>
    watching(changeId, output, async (progress, { stop }) => {
      const watcher = watcherOf(progress, changeId);
      const name = await recovery.start({ changeId, why: 'recovered by hand' }, watcher.say, stop);
      const end = await recovery.follow(changeId, name, watcher, stop);
      return end && { changeId, ...end };
    }),
  );
}
