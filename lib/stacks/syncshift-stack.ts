import { CfnOutput, Stack, type StackProps, Token, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { LoadedConfiguration } from '../config/load.ts';
import { ChangeAlarms } from '../constructs/change-alarms.ts';
import { ChangeDashboard } from '../constructs/change-dashboard.ts';
import { ChangeMachine } from '../constructs/change-machine.ts';
import { changeSteps } from '../constructs/change-steps.ts';
import { ChangeTable } from '../constructs/change-table.ts';
import { ClusterNodes } from '../constructs/cluster-nodes.ts';
import { deployableClusters } from '../constructs/deployable-clusters.ts';
import { LockWatch } from '../constructs/lock-watch.ts';
import { OperatorTopic } from '../constructs/operator-topic.ts';
import { type Place, placesOf } from './places.ts';

export interface SyncshiftStackProps extends StackProps {
  /** Clusters to reach, and defaults. @default none: the workflow is there and can reach nothing */
  readonly configuration?: LoadedConfiguration;
  /** Where the runbook is; alarms append its headings. @default docs/runbook.md */
  readonly runbookUrl?: string;
  /** Name of the event bus that is told how changes end. @default default */
  readonly eventBus?: string;
}

const known = (value: string): string | undefined => (Token.isUnresolved(value) ? undefined : value);

/** Everything that changes of one configuration need in one account and region. Wiring only. */
export class SyncshiftStack extends Stack {
  readonly stateMachine: StateMachine;
  /** Accounts and regions that need a stack of their own, because nodes are there. */
  readonly elsewhere: readonly Place[];

  /** @throws ConfigurationError when the configuration cannot be deployed. */
  constructor(
    scope: Construct,
    id: string,
    { configuration, runbookUrl = 'docs/runbook.md', eventBus = 'default', ...props }: SyncshiftStackProps = {},
  ) {
    super(scope, id, props);
    const location = { account: known(this.account), region: known(this.region) };
    const { clusters, skipped } = deployableClusters(configuration, location);
    if (skipped.length > 0)
      Validations.of(this).addWarning(
        'Syncshift-exec',
        `${configuration?.file}: not deployed, because only a machine with rladmin can reach them: ${skipped.join(', ')}`,
      );
    const { here, elsewhere } = placesOf(clusters, location);
    this.elsewhere = elsewhere;
    new ClusterNodes(this, 'Nodes', { ...here, trusted: { account: this.account, rolePrefix: `${this.stackName}-` } });

    const changes = new ChangeTable(this, 'Changes');
    const steps = changeSteps(this, { loaded: configuration, changes, eventBus: EventBus.fromEventBusName(this, 'EventBus', eventBus) });
    const { stateMachine, aliasArn } = new ChangeMachine(this, 'Workflow', {
      inspectStatus: steps.inspectStatus.function,
      beginChange: steps.beginChange.function,
      rebindPolicy: steps.rebindPolicy.function,
      tuneSyncer: steps.tuneSyncer.function,
      verifyInfo: steps.verifyInfo.function,
      completeChange: steps.completeChange.function,
    });
    this.stateMachine = stateMachine;
    const watch = new LockWatch(this, 'LockWatch', changes);

    const { topic } = new OperatorTopic(this, 'Operators');
    const functions = Object.fromEntries([...Object.values(steps), watch.lambda].map((step) => [step.node.id, step.function]));
    const { undelivered } = watch;
    const alarms = new ChangeAlarms(this, 'Alarms', { topic, workflow: stateMachine, functions, undelivered, runbookUrl });
    new ChangeDashboard(this, 'Overview', { alarms, workflow: stateMachine, functions, runbookUrl });

    new CfnOutput(this, 'ChangeWorkflowArn', { value: stateMachine.stateMachineArn });
    new CfnOutput(this, 'LiveChangeWorkflowArn', { value: aliasArn });
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
  }
}
