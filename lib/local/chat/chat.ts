import type { AddressInfo } from 'node:net';
import { SlackChat } from '../../../lambdas/adapters/slack/slack-chat.ts';
import { SqliteThreads } from '../../../lambdas/adapters/sqlite/threads.ts';
import { inspectDatabases } from '../../../lambdas/chatops/inspect-databases.ts';
import { SLACK_PATH, type SlackSettings } from '../../../lambdas/contracts/chat-settings.ts';
import type { ChatPorts } from '../../../lambdas/runtime/chat-ports.ts';
import { lazySecrets } from '../../../lambdas/runtime/secrets.ts';
import { KEEP_CREDENTIALS_SECONDS, slackCredentials } from '../../../lambdas/runtime/slack-credentials.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { rolloutFilesOf } from '../../config/named-rollouts.ts';
import { systemClock } from '../clock.ts';
import { storeFile } from '../ports.ts';
import { localRolloutPorts } from '../rollout/ports.ts';
import { LocalChanges } from './changes.ts';
import { Following } from './following.ts';
import { FollowingRollouts } from './following-rollouts.ts';
import { LocalRollouts } from './rollouts.ts';
import { listen } from './server.ts';
import { LocalTasks } from './tasks.ts';

const LOOK_SECONDS = 1;
const command = (words: string): string => `syncshift ${words}`;

export interface LocalChatProps {
  readonly loaded: LoadedConfiguration;
  readonly slack: SlackSettings;
  /** 0 for any that is free. */
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (says: string) => void;
}

export interface LocalChat {
  /** Where Slack's requests have to arrive. */
  readonly address: string;
  /** Follows changes and rollouts until `stop`; then the way back of changes and the pause of rollouts are waited for, and told. */
  run(stop: AbortSignal): Promise<void>;
}

/** The ChatOps of one machine: the receiver that is deployed as well, and changes that run in this very process. */
export async function openChat({ loaded, slack, port, env, log }: LocalChatProps): Promise<LocalChat> {
  const secrets = lazySecrets(systemClock, { keepSeconds: KEEP_CREDENTIALS_SECONDS });
  const credentials = () => slackCredentials(slack.credentials, secrets, env);
  // At once, so that one who begins hears of what is missing.
  await credentials();
  const local = localRolloutPorts({ loaded, keep: true });
  const threads = new SqliteThreads(storeFile(loaded));
  const changes = new LocalChanges(local, log);
  // Changes and rollouts see the same world, whichever of them was begun last.
  const rollouts = new LocalRollouts({ ...local, isCancelled: changes.isCancelled }, log);
  const ports: ChatPorts = {
    ...local,
    threads,
    chat: new SlackChat({ apiUrl: slack.apiUrl, token: async () => (await credentials()).botToken }),
    links: { runbook: 'docs/runbook.md', record: (changeId) => `\`${command(`show ${changeId}`)}\``, command },
    ...(slack.channel !== undefined && { channel: slack.channel }),
    settings: slack,
    starter: changes,
    rolloutStarter: rollouts,
    rolloutFiles: rolloutFilesOf(loaded),
    inspector: { inspect: (asked) => inspectDatabases(asked, local) },
  };
  const tasks = new LocalTasks(() => ports, systemClock, log);
  const server = await listen(
    {
      signingSecret: async () => (await credentials()).signingSecret,
      settings: slack,
      now: () => new Date(),
      handOver: tasks.handOver,
      log,
    },
    port,
  );
  const following = new Following(ports, log);
  const followingRollouts = new FollowingRollouts(ports, log);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${SLACK_PATH}`,
    run: async (stop) => {
      const look = async (now = false) => {
        await following.look();
        await followingRollouts.look({ now });
      };
      try {
        await following.begin();
        await followingRollouts.begin();
        while (!stop.aborted) {
          await look().catch((error: unknown) => log(`changes and rollouts cannot be looked at: ${String(error)}`));
          await systemClock.sleep(LOOK_SECONDS);
        }
      } finally {
        server.close();
        if (changes.running.length > 0) log(`stopping ${changes.running.join(', ')}: what was written is rolled back to centralized first`);
        if (rollouts.running.length > 0) log(`pausing ${rollouts.running.join(', ')}: the changes that run end first`);
        await Promise.all([changes.stopAll(), rollouts.pauseAll()]);
        await tasks.close();
        await look(true).catch((error: unknown) => log(`the end of changes and rollouts could not be told: ${String(error)}`));
        server.closeAllConnections();
        threads.close();
        local.close();
      }
    },
  };
}
