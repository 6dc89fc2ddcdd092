import { Logger } from '@aws-lambda-powertools/logger';
import type { SlackSettings } from '../contracts/chat-settings.ts';
import type { ChatTask } from '../contracts/chat-task.ts';
import { ENVIRONMENT } from '../contracts/deployment.ts';
import { clock, readConfiguration, required } from './function.ts';
import { once } from './once.ts';
import { lazySecrets } from './secrets.ts';
import { KEEP_CREDENTIALS_SECONDS, slackCredentials, slackOf } from './slack-credentials.ts';

/** What taking in a request of Slack needs of the outside world. */
export interface ReceptionDesk {
  signingSecret(): Promise<string>;
  readonly settings: Pick<SlackSettings, 'team' | 'apiUrl'>;
  now(): Date;
  /** Lets somebody else do the task, later. Its errors hold nothing of the task. */
  handOver(task: ChatTask): Promise<void>;
  log(says: string, facts?: object): void;
}

/** In milliseconds. Slack waits three seconds for an answer, in which there has to be time for a second try. */
const HURRIED = { connectionTimeout: 1_000, requestTimeout: 1_000, throwOnRequestTimeout: true };

type HandOver = ReceptionDesk['handOver'];

/** Hands tasks to another function. Its client is loaded while the secret is on its way, for which there is nothing else to do. */
function handOverTo(functionName: string): HandOver {
  const load = async (): Promise<HandOver> => {
    const [{ LambdaClient }, { handOver }] = await Promise.all([
      import('@aws-sdk/client-lambda'),
      import('../adapters/lambda/hand-over.ts'),
    ]);
    const client = new LambdaClient({ requestHandler: HURRIED, maxAttempts: 2 });
    return (task) => handOver({ client, functionName }, task);
  };
  const loaded = once(load);
  loaded().catch(() => undefined);
  return async (task) => (await loaded())(task);
}

/** @throws StepError when the environment or the configuration lacks what the desk needs. */
async function openDesk(): Promise<ReceptionDesk> {
  const slack = slackOf(await readConfiguration(required(ENVIRONMENT.configuration)));
  const secrets = lazySecrets(clock, { keepSeconds: KEEP_CREDENTIALS_SECONDS, requests: HURRIED });
  const logger = new Logger({ serviceName: 'syncshift' });
  return {
    signingSecret: async () => (await slackCredentials(slack.credentials, secrets, process.env)).signingSecret,
    settings: slack,
    now: clock.now,
    handOver: handOverTo(required(ENVIRONMENT.chatWorker)),
    log: (says, facts = {}) => logger.info(says, { ...facts }),
  };
}

/** The desk of a deployed function, from its environment and the configuration in its bundle. */
export const deployedDesk = once(openDesk);
