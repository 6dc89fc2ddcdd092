import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDbThreads } from '../adapters/dynamodb/threads.ts';
import { RemoteInspector } from '../adapters/lambda/remote-inspector.ts';
import { SlackChat } from '../adapters/slack/slack-chat.ts';
import { StepFunctionsStarter } from '../adapters/step-functions/change-starter.ts';
import type { SlackSettings } from '../contracts/chat-settings.ts';
import { ENVIRONMENT } from '../contracts/deployment.ts';
import { rolloutNamed } from '../contracts/named-rollouts.ts';
import type { ChatPorts, Links, ThreadPorts } from './chat-ports.ts';
import { deployedPorts, deployedRollouts, deployedStore, lazyRollouts } from './deployed.ts';
import { clock, readConfiguration, required } from './function.ts';
import { once } from './once.ts';
import { REQUESTS } from './requests.ts';
import { lazySecrets } from './secrets.ts';
import { KEEP_CREDENTIALS_SECONDS, slackCredentials, slackOf } from './slack-credentials.ts';

/** An execution is found by people in the console, where the partition has the usual one. */
function linksOf(stateMachineArn: string | undefined, runbook: string): Links {
  const [, partition, , region] = stateMachineArn?.split(':') ?? [];
  const execution = stateMachineArn?.replace(':stateMachine:', ':execution:');
  const command = (words: string): string => `syncshift ${words} --engine aws`;
  return {
    runbook,
    command,
    record: (changeId) =>
      partition === 'aws'
        ? `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${execution}:${changeId}`
        : `\`${command(`show ${changeId}`)}\``,
  };
}

/** Reading a whole cluster takes its time, and asking again would only begin it anew. */
const LOOK_LIMIT_MS = 245_000;
const inspector = (functionName: string) =>
  new RemoteInspector({
    client: new LambdaClient({ maxAttempts: 1, requestHandler: { ...REQUESTS, requestTimeout: LOOK_LIMIT_MS } }),
    functionName,
  });
const starter = (changeArn: string) => new StepFunctionsStarter({ client: new SFNClient({ requestHandler: REQUESTS }), changeArn });

function threadPorts({ credentials, apiUrl, channel }: SlackSettings): ThreadPorts {
  const secrets = lazySecrets(clock, { keepSeconds: KEEP_CREDENTIALS_SECONDS });
  return {
    store: deployedStore(),
    rollouts: deployedRollouts(),
    threads: new DynamoDbThreads({ client: new DynamoDBClient({ requestHandler: REQUESTS }), table: required(ENVIRONMENT.table), clock }),
    chat: new SlackChat({ apiUrl, token: async () => (await slackCredentials(credentials, secrets, process.env)).botToken }),
    links: linksOf(process.env[ENVIRONMENT.stateMachine], required(ENVIRONMENT.runbook)),
    ...(channel !== undefined && { channel }),
  };
}

const configured = () => readConfiguration(required(ENVIRONMENT.configuration));

/** What the function that tells threads works with, from its environment and the configuration in its bundle. */
export const deployedThreadPorts = once(async (): Promise<ThreadPorts> => threadPorts(slackOf(await configured())));

/** What the function that takes tasks works with, from its environment and the configuration in its bundle. */
export const deployedChatPorts = once(async (): Promise<ChatPorts> => {
  const [configuration, { clock: time, gates, defaults, waiting }] = await Promise.all([configured(), deployedPorts()]);
  const settings = slackOf(configuration);
  return {
    ...threadPorts(settings),
    clock: time,
    gates,
    defaults,
    ...(waiting && { waiting }),
    settings,
    clusters: Object.keys(configuration.clusters),
    starter: starter(required(ENVIRONMENT.changeAlias)),
    rolloutStarter: lazyRollouts(required(ENVIRONMENT.rolloutMachine)),
    rolloutFiles: { names: Object.keys(configuration.rollouts), read: async (name) => rolloutNamed(configuration, name) },
    inspector: inspector(required(ENVIRONMENT.inspector)),
  };
});
