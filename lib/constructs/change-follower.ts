import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { ChangeTable, TableOperation } from './change-table.ts';
import { deadLetterQueue, failuresTo } from './dead-letter-queue.ts';
import { StepLambda, type StepLambdaProps } from './step-lambda.ts';

export interface ChangeFollowerProps extends Pick<StepLambdaProps, 'entry' | 'description' | 'timeout' | 'environment' | 'files'> {
  /** Of the function, for people. */
  readonly name: string;
  readonly changes: ChangeTable;
  /** Whether it remembers what it told in chat. @default false */
  readonly remembers?: boolean;
}

const READING: readonly TableOperation[] = ['GetItem', 'Query'];

/** Past this, whoever would have been told has looked by other means; a stream itself forgets after a day. */
const LATEST_NEWS = Duration.hours(6);

/** New and altered items under these keys. */
const written = (keys: Readonly<Record<string, unknown>>) =>
  FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'MODIFY'), dynamodb: { Keys: keys } });
const { partitionKey, sortKey } = CHANGE_TABLE;
/** What a stream tells of a change and of its events; locks, tokens and chat are in other partitions. */
const OF_CHANGES = written({ [partitionKey]: { S: FilterRule.beginsWith('change#') } });
/** Plans are many and big, and nobody is told of one. */
const TOLD_OF_ROLLOUTS = ['rollout', 'event#', 'gate#', 'target#'].flatMap((prefix) => FilterRule.beginsWith(prefix));
const OF_ROLLOUTS = written({ [partitionKey]: { S: FilterRule.beginsWith('rollout#') }, [sortKey]: { S: TOLD_OF_ROLLOUTS } });

/** A function that is called with what happens to changes and rollouts, in order. A stream has room for two of them. */
export class ChangeFollower extends Construct {
  readonly lambda: StepLambda;
  /** Where in the stream there was something that could not be told. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { name, changes, remembers = false, environment, ...props }: ChangeFollowerProps) {
    super(scope, id);
    this.lambda = new StepLambda(this, name, {
      ...props,
      environment: { [ENVIRONMENT.table]: changes.table.tableName, ...environment },
    });
    changes.grant(this.lambda, READING, { rollouts: READING, stream: true, chat: remembers });
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    new EventSourceMapping(this, 'Stream', {
      target: this.lambda.function,
      eventSourceArn: changes.streamArn,
      filters: [OF_CHANGES, OF_ROLLOUTS],
      // From the beginning of the stream, the first deployment would tell the changes of a whole day as if they were news. What is written
      // while the stream is being taken up may be missed; a thread catches up with the next event, because it is told from the record.
      startingPosition: StartingPosition.LATEST,
      batchSize: 100,
      // A step writes several events at once: they are told together.
      maxBatchingWindow: Duration.seconds(1),
      // More would keep the order of an item only, and the events of a change are items of their own.
      parallelizationFactor: 1,
      // A function may say which record it got to, which is nearer than any half of the batch.
      reportBatchItemFailures: true,
      bisectBatchOnError: false,
      maxRecordAge: LATEST_NEWS,
      onFailure: failuresTo(this.undelivered, this.lambda),
    });
  }
}
