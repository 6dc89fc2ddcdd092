import { CfnOutput, Stack, type StackProps, Token, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { LoadedConfiguration } from '../config/load.ts';
import { ChangeAlarms } from '../constructs/change-alarms.ts';
import { ChangeDashboard } from '../constructs/change-dashboard.ts';
import { ChangeMachine } from '../constructs/change-machine.ts';
import { ChangeSchedules } from '../constructs/change-schedules.ts';
import { changeSteps } from '../constructs/change-steps.ts';
import { ChangeTable } from '../constructs/change-table.ts';
import { ChatOps } from '../constructs/chat-ops.ts';
import { ClusterNodes } from '../constructs/cluster-nodes.ts';
import { clusterReach } from '../constructs/cluster-reach.ts';
import { Decisions } from '../constructs/decisions.ts';
import { deployableChat } from '../constructs/deployable-chat.ts';
import { bundledConfiguration, deployableClusters } from '../constructs/deployable-clusters.ts';
import { deployableSchedules } from '../constructs/deployable-schedules.ts';
import { LockWatch } from '../constructs/lock-watch.ts';
import { OperatorTopic } from '../constructs/operator-topic.ts';
import { Recovery } from '../constructs/recovery.ts';
import { rolloutOccurrences } from '../constructs/rollout-alarms.ts';
import { RolloutMachine } from '../constructs/rollout-machine.ts';
import { rolloutSteps } from '../constructs/rollout-steps.ts';
import type { StepLambda } from '../constructs/step-lambda.ts';
import { type Place, placesOf } from './places.ts';

export interface SyncshiftStackProps extends StackProps {
  /** Clusters to reach, and defaults. @default none: the workflow is there and can reach nothing */
  readonly configuration?: LoadedConfiguration;
  /** Where the runbook is; alarms append its headings. @default docs/runbook.md */
  readonly runbookUrl?: string;
  /** Name of the event bus that is told how changes end. @default default */
  readonly eventBus?: string;
  /** One-time schedules before it are left out. @default the present moment */
  readonly now?: Date;
}

const functionsOf = <Key extends string>(lambdas: Readonly<Record<Key, StepLambda>>): Record<Key, IFunction> => {
  const entries = (Object.entries(lambdas) as [Key, StepLambda][]).map(([key, each]): [Key, IFunction] => [key, each.function]);
  return Object.fromEntries(entries) as Record<Key, IFunction>;
};
const byName = (lambdas: readonly StepLambda[]) => functionsOf(Object.fromEntries(lambdas.map((each) => [each.node.id, each])));

const known = (value: string): string | undefined => (Token.isUnresolved(value) ? undefined : value);

/** Everything that changes of one configuration need in one account and region. Wiring only. */
export class SyncshiftStack extends Stack {
  /** Accounts and regions that need a stack of their own, because nodes are there. */
  readonly elsewhere: readonly Place[];

  /** @throws ConfigurationError when the configuration cannot be deployed. */
  constructor(
    scope: Construct,
    id: string,
    { configuration, runbookUrl = 'docs/runbook.md', eventBus = 'default', now = new Date(), ...props }: SyncshiftStackProps = {},
  ) {
    super(scope, id, props);
    const location = { account: known(this.account), region: known(this.region) };
    const { clusters, skipped } = deployableClusters(configuration, location);
    this.#warnOf('exec', skipped, `${configuration?.file}: not deployed, because only a machine with rladmin can reach them`);
    const { schedules, past } = deployableSchedules(configuration, now);
    this.#warnOf('past', past, `${configuration?.file}: schedules left out, because their moment is over`);
    const { here, elsewhere } = placesOf(clusters, location);
    this.elsewhere = elsewhere;
    new ClusterNodes(this, 'Nodes', { ...here, trusted: { account: this.account, rolePrefix: `${this.stackName}-` } });

    const changes = new ChangeTable(this, 'Changes');
    const reach = clusterReach(this, configuration);
    const steps = changeSteps(this, {
      loaded: configuration,
      reach,
      changes,
      eventBus: EventBus.fromEventBusName(this, 'EventBus', eventBus),
    });
    const { recoverChange, ...ofChange } = functionsOf(steps);
    const { rebindPolicy, tuneSyncer, verifyInfo, completeChange } = ofChange;
    const change = new ChangeMachine(this, 'Workflow', ofChange);
    const workflow = change.stateMachine;
    const ofRecovery = { recoverChange, rebindPolicy, tuneSyncer, verifyInfo, completeChange };
    const recovery = new Recovery(this, 'Recovery', { functions: ofRecovery, workflow });
    const stepsOfRollout = rolloutSteps(this, { loaded: configuration, reach, changes });
    const ofRollout = functionsOf(stepsOfRollout);
    const rollout = new RolloutMachine(this, 'Rollouts', { functions: ofRollout, change });
    const decisions = new Decisions(this, 'Decisions', { changes, files: bundledConfiguration(configuration) });
    const watch = new LockWatch(this, 'LockWatch', changes);
    const starts = new ChangeSchedules(this, 'Schedules', { workflow: change, schedules });

    const chatOps = new ChatOps(this, 'ChatOps', {
      settings: deployableChat(configuration, location),
      loaded: configuration,
      reach,
      changes,
      changeAlias: change.alias.ref,
      runbookUrl,
    });

    const { topic } = new OperatorTopic(this, 'Operators');
    const undelivered = { lockCounts: watch.undelivered, starts: starts.undelivered, recoveries: recovery.undelivered };
    const watched = {
      workflow,
      recovery: recovery.stateMachine,
      steps: byName(Object.values(steps)),
      helpers: byName([decisions.lambda, watch.lambda, ...chatOps.lambdas]),
      runbookUrl,
    };
    const more = [...rolloutOccurrences(rollout, Object.values(ofRollout)), ...chatOps.occurrences];
    const alarms = new ChangeAlarms(this, 'Alarms', { ...watched, topic, undelivered, more });
    const shown = { ...watched.helpers, ...byName([...Object.values(stepsOfRollout), ...chatOps.answering]) };
    new ChangeDashboard(this, 'Overview', { ...watched, helpers: shown, alarms });

    const outputs = {
      ChangeWorkflowArn: workflow.stateMachineArn,
      LiveChangeWorkflowArn: change.alias.ref,
      RolloutWorkflowArn: rollout.stateMachine.stateMachineArn,
      DecisionsUrl: decisions.url,
      ApproversPolicyArn: decisions.approvers.managedPolicyArn,
      AlarmTopicArn: topic.topicArn,
      ...chatOps.outputs,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  #warnOf(id: string, names: readonly string[], what: string): void {
    if (names.length > 0) Validations.of(this).addWarning(`Syncshift-${id}`, `${what}: ${names.join(', ')}`);
  }
}
