import type { Schedule } from './configuration.ts';
import { DEPLOYED } from './deployment.ts';

/** Words about schedules that the stack and the command line share. */

/** Names of schedules that the stack makes from the configuration begin with this, and no others do. */
export const CONFIGURED_PREFIX = 'cfg-';
export const isConfigured = (name: string): boolean => name.startsWith(CONFIGURED_PREFIX);

/** Where the workflow is deployed. */
export interface DeployedAt {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** A change that starts hours late is worse than none: its window is over, and whoever watches it has gone. */
const LONGEST_DELAY_SECONDS = 3_600;
const MOST_RETRIES = 10;

/**
 * What a schedule does when its time comes: it starts a change, with the request as the input of the execution. Scheduler names
 * the execution after the schedule and the moment, in the form of a UUID, so every run is a change of its own, and one whose
 * delivery is repeated is not.
 */
export const scheduleTarget = ({ partition, region, account }: DeployedAt, request: Schedule['request']) => ({
  arn: `arn:${partition}:states:${region}:${account}:stateMachine:${DEPLOYED.stateMachine}:${DEPLOYED.alias}`,
  roleArn: `arn:${partition}:iam::${account}:role/${DEPLOYED.scheduleRole(region)}`,
  input: JSON.stringify(request),
  deadLetterConfig: { arn: `arn:${partition}:sqs:${region}:${account}:${DEPLOYED.scheduleQueue}` },
  retryPolicy: { maximumEventAgeInSeconds: LONGEST_DELAY_SECONDS, maximumRetryAttempts: MOST_RETRIES },
});

const LONGEST_DESCRIPTION = 512;
const FROM_CONFIGURATION = ', from the configuration';

/** Who wants what and why, and, at the end, whether it stands in the configuration. */
export function scheduleDescription(name: string, { target, wanted, requestedBy, reason }: Schedule['request']): string {
  const suffix = isConfigured(name) ? FROM_CONFIGURATION : '';
  const text = `${requestedBy ?? 'somebody'} wants ${target.cluster}/${target.database} ${wanted.syncerMode}${reason ? `: ${reason}` : ''}`;
  // A character that takes two units is not cut in half.
  return text.slice(0, LONGEST_DESCRIPTION - suffix.length).replace(/[\uD800-\uDBFF]$/, '') + suffix;
}
