import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { ChatError } from '../ports/chat.ts';
import { type ChangedItem, changedIn } from '../runtime/change-stream.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { count, telemetry } from '../runtime/telemetry.ts';
import { tellThread } from './thread.ts';

/** What a cluster printed is on record, and in no thread. */
const isTold = ({ news, ended }: ChangedItem): boolean =>
  ended !== undefined || !news.every(({ type }) => type === 'command') || news.length === 0;

/**
 * Tells the threads of changes what became of them.
 * @throws ChatError when the chat takes no messages now: the same changes have to be told again.
 */
export async function followChanges(changeIds: ReadonlySet<string>, ports: ThreadPorts): Promise<void> {
  const later: ChatError[] = [];
  for (const changeId of changeIds) {
    try {
      await tellThread(changeId, ports);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // A channel that is gone must not keep others from being told: the next thing that happens to this change tries again.
      if (error.failure === 'later') later.push(error);
      else count(METRICS.threadsLost, 1);
    }
  }
  if (later[0]) throw later[0];
}

/** A batch that fails is handed over again, until it is hours old: everything in it is told from what is on record then. */
export const handler = middy<unknown, void>()
  .use(telemetry)
  .handler(async (event) => {
    const { deployedThreadPorts } = await import('../runtime/deployed-chat.ts');
    const changed = changedIn(event).filter(isTold);
    await followChanges(new Set(changed.map(({ changeId }) => changeId)), await deployedThreadPorts());
  });
