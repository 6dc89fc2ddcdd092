import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import { ChangeFollower } from './change-follower.ts';
import type { ChangeTable } from './change-table.ts';
import { encryptedTopic } from './encrypted-topic.ts';

export interface ChangeNotificationsProps {
  readonly changes: ChangeTable;
  /** Addresses that are told. Each of them has to confirm it once. */
  readonly emails: readonly string[];
  /** Where the runbook is: a path or an address. */
  readonly runbookUrl: string;
}

/** Tells what happens to changes over a topic. Beside the addresses, who listens is up to whoever deploys. */
export class ChangeNotifications extends Construct {
  readonly topic: Topic;
  readonly notifier: ChangeFollower;

  constructor(scope: Construct, id: string, { changes, emails, runbookUrl }: ChangeNotificationsProps) {
    super(scope, id);
    const { topic, key } = encryptedTopic(this, 'what syncshift tells of changes');
    this.topic = topic;
    for (const email of new Set(emails)) topic.addSubscription(new EmailSubscription(email));
    this.notifier = new ChangeFollower(this, 'Notifier', {
      name: 'notifier',
      entry: 'lambdas/chatops/notify.ts',
      description: 'Tells what happens to changes and rollouts over a topic',
      timeout: Duration.minutes(1),
      changes,
      environment: { [ENVIRONMENT.topic]: topic.topicArn, [ENVIRONMENT.runbook]: runbookUrl },
    });
    this.#grantPublishing(key);
  }

  #grantPublishing(key: IKey): void {
    const { role } = this.notifier.lambda;
    const { region, urlSuffix } = Stack.of(this);
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }));
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sns.${region}.${urlSuffix}` } },
      }),
    );
  }
}
