import { SNSClient } from '@aws-sdk/client-sns';
import { SnsTopic } from '../adapters/sns/topic.ts';
import { ENVIRONMENT } from '../contracts/deployment.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import { deployedRollouts, deployedStore } from './deployed.ts';
import { required } from './function.ts';
import type { Ports } from './ports.ts';
import { REQUESTS } from './requests.ts';

/** What the function that notifies people works with. */
export interface NotifyPorts {
  readonly store: Pick<Ports['store'], 'get'>;
  readonly rollouts: Pick<RolloutStore, 'get'>;
  readonly notifier: Notifier;
  /** Path or address of the runbook; `#` and a heading are appended. */
  readonly runbook: string;
}

let provided: NotifyPorts | undefined;

/** The ports of a deployed function, from its environment. @throws StepError `ClusterAccessError` for a variable that is not set. */
export function deployedNotifyPorts(): NotifyPorts {
  provided ??= {
    store: deployedStore(),
    rollouts: deployedRollouts(),
    notifier: new SnsTopic({ client: new SNSClient({ requestHandler: REQUESTS }), topicArn: required(ENVIRONMENT.topic) }),
    runbook: required(ENVIRONMENT.runbook),
  };
  return provided;
}
