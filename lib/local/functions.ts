import { handler as checkMembers } from '../../lambdas/rollout/check-members.ts';
import { handler as endRollout } from '../../lambdas/rollout/end-rollout.ts';
import { handler as judgeRollout } from '../../lambdas/rollout/judge-rollout.ts';
import { handler as nextInLane } from '../../lambdas/rollout/next-in-lane.ts';
import { handler as openRollout } from '../../lambdas/rollout/open-rollout.ts';
import { handler as planRollout } from '../../lambdas/rollout/plan-rollout.ts';
import { handler as requestRolloutApproval } from '../../lambdas/rollout/request-rollout-approval.ts';
import { handler as surveyCluster } from '../../lambdas/rollout/survey-cluster.ts';
import { handler as beginChange } from '../../lambdas/steps/begin-change.ts';
import { handler as changeWindow } from '../../lambdas/steps/change-window.ts';
import { handler as completeChange } from '../../lambdas/steps/complete-change.ts';
import { handler as inspectStatus } from '../../lambdas/steps/inspect-status.ts';
import { handler as rebindPolicy } from '../../lambdas/steps/rebind-policy.ts';
import { handler as recoverChange } from '../../lambdas/steps/recover-change.ts';
import { handler as requestApproval } from '../../lambdas/steps/request-approval.ts';
import { handler as tuneSyncer } from '../../lambdas/steps/tune-syncer.ts';
import { handler as verifyInfo } from '../../lambdas/steps/verify-info.ts';

type Handler = (event: never, context: never) => Promise<unknown>;

/** The functions of the definitions, by the name at the end of their ARN. */
const FUNCTIONS: Record<string, Handler> = {
  inspectstatus: inspectStatus as Handler,
  requestapproval: requestApproval as Handler,
  changewindow: changeWindow as Handler,
  beginchange: beginChange as Handler,
  rebindpolicy: rebindPolicy as Handler,
  tunesyncer: tuneSyncer as Handler,
  verifyinfo: verifyInfo as Handler,
  completechange: completeChange as Handler,
  recoverchange: recoverChange as Handler,
  openrollout: openRollout as Handler,
  judgerollout: judgeRollout as Handler,
  surveycluster: surveyCluster as Handler,
  planrollout: planRollout as Handler,
  requestrolloutapproval: requestRolloutApproval as Handler,
  nextinlane: nextInLane as Handler,
  checkmembers: checkMembers as Handler,
  endrollout: endRollout as Handler,
};

const copy = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

/** A Task of a definition: its resource is a function, or an integration that names one. */
export interface Task {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Parameters?: { readonly FunctionName?: string };
}

const WITH_TOKEN = '.waitForTaskToken';
/** Whether the workflow sleeps after the function has run, until somebody sends its token. */
export const isGate = ({ Resource }: Task): boolean => Resource.endsWith(WITH_TOKEN);

/**
 * The function of a Task, called as Lambda calls it: what goes in and comes out has been JSON.
 * @throws Error when the definition names a function that is not here.
 */
export function functionOf(task: Task): (event: unknown) => Promise<unknown> {
  const name = task.Parameters?.FunctionName ?? task.Resource;
  const run = FUNCTIONS[name.split(':').at(-1) ?? ''];
  if (!run) throw new Error(`no function for ${name}`);
  return async (event) => copy(await run(copy(event) as never, {} as never));
}
