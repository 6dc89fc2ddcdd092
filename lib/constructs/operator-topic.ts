import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { encryptedTopic } from './encrypted-topic.ts';

/** Where alarms are told, encrypted at rest and on the way. Who listens is up to whoever deploys. */
export class OperatorTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
    const fromHere = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    // A key of our own, because alarms may not use the one that AWS manages.
    const { key, topic } = encryptedTopic(this, 'the alarms of syncshift');
    this.topic = topic;
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [alarms],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: fromHere,
      }),
    );
    // A policy of our own, such as the one that asks for encryption on the way, takes the place of the one that lets alarms in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({ principals: [alarms], actions: ['sns:Publish'], resources: [this.topic.topicArn], conditions: fromHere }),
    );
  }
}
