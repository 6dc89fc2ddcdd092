import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BUNDLED_CONFIGURATION, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { BundledFile } from './bundling/function-code.ts';
import { changeMachineArn } from './change-machine.ts';
import type { ChangeTable } from './change-table.ts';
import { deadLetterQueue, failuresTo } from './dead-letter-queue.ts';
import { grantCalling, grantStarting, grantStopping, grantWaking } from './gate-rights.ts';
import { rolloutMachineArn } from './rollout-arn.ts';
import { grantStartingRollouts } from './rollout-rights.ts';
import { grantReadingSecrets } from './secret-rights.ts';
import { StepLambda, WITHOUT_ADDRESSES_IN_TRACES } from './step-lambda.ts';

export interface ChatWorkProps {
  readonly changes: ChangeTable;
  /** ARN by which changes are started: the alias of their workflow. */
  readonly changeAlias: string;
  /** Reads clusters for it. */
  readonly inspector: StepLambda;
  /** The configuration, that of chat included. */
  readonly files: readonly BundledFile[];
  readonly secretId: string;
  /** Where the runbook is: a path or an address. */
  readonly runbookUrl: string;
}

/** Past this, the answer to a command can no longer be given where it was asked for, and nobody waits for it. */
const LATEST_START = Duration.minutes(30);

/** Does what people ask for in chat. It is called without anybody waiting, because a chat waits for three seconds only. */
export class ChatWork extends Construct {
  readonly lambda: StepLambda;
  /** Tasks that could not be done. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { changes, changeAlias, inspector, files, secretId, runbookUrl }: ChatWorkProps) {
    super(scope, id);
    this.lambda = new StepLambda(this, 'chat-worker', {
      entry: 'lambdas/chatops/work.ts',
      // A form opens within three seconds of a press or not at all, and the first time everything has to be loaded.
      memoryMb: 1024,
      description: 'Does what people ask for in chat',
      timeout: Duration.minutes(5),
      files,
      environment: {
        ...WITHOUT_ADDRESSES_IN_TRACES,
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        [ENVIRONMENT.stateMachine]: changeMachineArn(this),
        [ENVIRONMENT.changeAlias]: changeAlias,
        [ENVIRONMENT.rolloutMachine]: rolloutMachineArn(this),
        [ENVIRONMENT.inspector]: inspector.function.functionName,
        [ENVIRONMENT.runbook]: runbookUrl,
      },
    });
    changes.grant(this.lambda, ['GetItem', 'Query', 'PutItem', 'UpdateItem'], {
      tokens: true,
      rollouts: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
      chat: true,
      list: true,
    });
    grantWaking(this.lambda);
    grantStopping(this.lambda);
    grantStarting(this.lambda);
    grantWaking(this.lambda, rolloutMachineArn(this));
    grantStartingRollouts(this.lambda);
    grantCalling(this.lambda, inspector);
    grantReadingSecrets(this.lambda.role, [secretId]);
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    this.lambda.function.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: LATEST_START,
      onFailure: failuresTo(this.undelivered, this.lambda),
    });
  }
}
