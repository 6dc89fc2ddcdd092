import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { DestinationConfig } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { accept } from './accept.ts';
import type { StepLambda } from './step-lambda.ts';

/** A queue for calls that could not be delivered. They stay for as long as a queue can keep them. */
export function deadLetterQueue(scope: Construct, id: string, queueName?: string): Queue {
  const queue = new Queue(scope, id, {
    ...(queueName && { queueName }),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(
    queue,
    'SQS3',
    'It is itself the dead-letter queue, of a schedule, a rule, a stream or a function, which the rule pack does not look at',
  );
  return queue;
}

/** Keeps in a queue what a function could not handle: its own calls, or records of a stream. It may send there, and nothing else. */
export function failuresTo(queue: IQueue, { role }: StepLambda): { bind(): DestinationConfig } {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
  return { bind: () => ({ destination: queue.queueArn }) };
}
