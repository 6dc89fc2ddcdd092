import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { ChatError } from '../ports/chat.ts';
import { type ChangedItem, changedIn } from '../runtime/change-stream.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { count, telemetry, warn } from '../runtime/telemetry.ts';
import { isOwnFault } from './own-fault.ts';
import { tellThread } from './thread.ts';

/** What a cluster printed is on record, and in no thread. */
const isTold = ({ news, ended }: ChangedItem): boolean =>
  ended !== undefined || news.length === 0 || news.some(({ type }) => type !== 'command');

/** A fault of ours, or a channel that takes no messages. */
const isLost = (error: unknown): boolean => isOwnFault(error) || (error instanceof ChatError && error.failure !== 'later');

function lost(error: unknown, changeId = 'not known'): void {
  count(METRICS.threadsLost, 1);
  warn('something could not be told in the thread of a change', { change: changeId, reason: String(error) });
}

/** A message that was posted when the time is up is not noted, and would be posted twice: what a thread may take has to be left. */
const TIME_FOR_ONE_MS = 60_000;

/**
 * Tells the threads of changes what became of them, each whatever becomes of the others. Where nothing can be told, the next thing that
 * happens to that change tries again.
 * @param timeLeft - in milliseconds.
 * @throws the first error after which the same changes have to be told again, such as a ChatError while the chat takes no messages.
 */
export async function followChanges(changeIds: ReadonlySet<string>, ports: ThreadPorts, timeLeft: () => number): Promise<void> {
  const repeated: unknown[] = [];
  for (const changeId of changeIds) {
    if (timeLeft() < TIME_FOR_ONE_MS) {
      repeated.push(new ChatError('later', `there is no time left to tell of ${changeId}; those before it are told`));
      break;
    }
    try {
      await tellThread(changeId, ports);
    } catch (error) {
      if (isLost(error)) lost(error, changeId);
      else repeated.push(error);
    }
  }
  if (repeated.length > 0) throw repeated[0];
}

/** A batch that fails is handed over again, until it is hours old: everything in it is told from what is on record then. */
export const handler = middy<unknown, void>()
  .use(telemetry)
  .handler(async (event, context) => {
    const { deployedThreadPorts } = await import('../runtime/deployed-chat.ts');
    const changed = changedIn(event, (error) => lost(error)).filter(isTold);
    await followChanges(new Set(changed.map(({ changeId }) => changeId)), await deployedThreadPorts(), () =>
      context.getRemainingTimeInMillis(),
    );
  });
