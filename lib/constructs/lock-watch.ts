import { Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import type { ChangeTable } from './change-table.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import { StepLambda } from './step-lambda.ts';

/** How often locks are counted. An alarm on them needs to look at least this far back. */
export const LOCK_WATCH_INTERVAL = Duration.minutes(15);

/** Counts the locks that stand, again and again: whoever holds one too long may be dead and cannot say so. */
export class LockWatch extends Construct {
  readonly lambda: StepLambda;
  /** Calls that could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, changes: ChangeTable) {
    super(scope, id);
    this.lambda = new StepLambda(this, 'watch-locks', {
      entry: 'lambdas/upkeep/watch-locks.ts',
      description: 'Counts the locks that stand, and those past their lease',
      timeout: Duration.minutes(1),
      environment: { [ENVIRONMENT.table]: changes.table.tableName },
    });
    changes.grant(this.lambda, ['GetItem', 'Query']);
    // The next count comes soon enough, and a late one is of no use.
    this.lambda.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: LOCK_WATCH_INTERVAL });
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    const role = new Role(this, 'Caller', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'syncshift: counts the locks again and again',
    });
    acceptWildcard(role, `${this.lambda.function.functionArn}:*`, 'Versions of the one function that is called; CDK grants them with it');
    new Schedule(this, 'Schedule', {
      description: 'Counts the locks of syncshift',
      schedule: ScheduleExpression.rate(LOCK_WATCH_INTERVAL),
      target: new LambdaInvoke(this.lambda.function, {
        role,
        deadLetterQueue: this.undelivered,
        retryAttempts: 2,
        maxEventAge: LOCK_WATCH_INTERVAL,
      }),
    });
  }
}
