import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { accept } from './accept.ts';

/** A queue for calls that could not be delivered. They stay for as long as a queue can keep them. */
export function deadLetterQueue(scope: Construct, id: string, queueName?: string): Queue {
  const queue = new Queue(scope, id, {
    ...(queueName && { queueName }),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(queue, 'SQS3', 'It is itself the dead-letter queue, of a schedule or of a rule, which the rule pack does not look at');
  return queue;
}
