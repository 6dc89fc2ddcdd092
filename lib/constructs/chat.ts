import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BUNDLED_CONFIGURATION, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { BundledFile } from './bundling/function-code.ts';
import { ChangeFollower } from './change-follower.ts';
import { changeMachineArn } from './change-machine.ts';
import type { ChangeTable } from './change-table.ts';
import { ChatEndpoint } from './chat-endpoint.ts';
import { ChatWork } from './chat-work.ts';
import type { ClusterReach } from './cluster-reach.ts';
import type { DeployableSlack } from './deployable-chat.ts';
import { bundledConfiguration } from './deployable-clusters.ts';
import { grantReadingSecrets } from './secret-rights.ts';
import { StepLambda, WITHOUT_ADDRESSES_IN_TRACES } from './step-lambda.ts';

export interface ChatProps {
  readonly slack: DeployableSlack;
  readonly loaded: LoadedConfiguration | undefined;
  readonly reach: ClusterReach;
  readonly changes: ChangeTable;
  /** ARN by which changes are started: the alias of their workflow. */
  readonly changeAlias: string;
  /** Where the runbook is: a path or an address. */
  readonly runbookUrl: string;
}

/** Where people ask for changes in Slack, decide on them, and see what becomes of them. */
export class Chat extends Construct {
  readonly endpoint: ChatEndpoint;
  readonly work: ChatWork;
  /** Tells each change in a thread. */
  readonly threads: ChangeFollower;
  /** Reads clusters. Whatever it cannot read is an answer; when it breaks, so does the run of the worker that called it. */
  readonly inspector: StepLambda;
  readonly #props: ChatProps;

  constructor(scope: Construct, id: string, props: ChatProps) {
    super(scope, id);
    this.#props = props;
    const { slack, loaded, changes, changeAlias, runbookUrl } = props;
    const { secretId } = slack.credentials;
    const files = bundledConfiguration(loaded, { chat: { slack } });
    this.inspector = this.#addInspector();
    this.work = new ChatWork(this, 'Work', { changes, changeAlias, inspector: this.inspector, files, secretId, runbookUrl });
    this.endpoint = new ChatEndpoint(this, 'Endpoint', { worker: this.work.lambda, files, secretId });
    this.threads = this.#addThreads(files, secretId);
  }

  #addInspector(): StepLambda {
    const { loaded, reach, changes } = this.#props;
    const inspector = new StepLambda(this, 'chat-inspector', {
      entry: 'lambdas/chatops/inspect-databases.ts',
      description: 'Reads databases for people in chat',
      // The worker waits for it and has to have time left to answer.
      timeout: Duration.minutes(4),
      files: bundledConfiguration(loaded),
      network: reach.network,
      environment: {
        // Named and never asked: what a function works with includes a store, to which this one has no rights.
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
      },
    });
    reach.access.grantTo(inspector);
    return inspector;
  }

  #addThreads(files: readonly BundledFile[], secretId: string): ChangeFollower {
    const { changes, runbookUrl } = this.#props;
    const threads = new ChangeFollower(this, 'Threads', {
      name: 'chat-follower',
      entry: 'lambdas/chatops/follow.ts',
      description: 'Tells in chat what becomes of changes and rollouts',
      timeout: Duration.minutes(2),
      files,
      changes,
      remembers: true,
      environment: {
        ...WITHOUT_ADDRESSES_IN_TRACES,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        // For links to executions; it may do nothing with them.
        [ENVIRONMENT.stateMachine]: changeMachineArn(this),
        [ENVIRONMENT.runbook]: runbookUrl,
      },
    });
    grantReadingSecrets(threads.lambda.role, [secretId]);
    return threads;
  }
}
