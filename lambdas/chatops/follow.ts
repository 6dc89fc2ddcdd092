import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { ChatError } from '../ports/chat.ts';
import { type Changed, changedIn, isRollout } from '../runtime/change-stream.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { count, telemetry, warn } from '../runtime/telemetry.ts';
import { isOfRollout } from './of-rollout.ts';
import { isOwnFault } from './own-fault.ts';
import { tellRolloutThread } from './rollout-thread.ts';
import { tellThread } from './thread.ts';

/** What a cluster printed is on record, and in no thread; what becomes of a change of a rollout is told by the rollout. */
const isTold = (changed: Changed): boolean => {
  if (isRollout(changed)) return true;
  const { changeId, news, ended } = changed;
  return !isOfRollout(changeId) && (ended !== undefined || news.length === 0 || news.some(({ type }) => type !== 'command'));
};

/** A fault of ours, or a channel that takes no messages. */
const isLost = (error: unknown): boolean => isOwnFault(error) || (error instanceof ChatError && error.failure !== 'later');

function lost(error: unknown, id = 'not known'): void {
  count(METRICS.threadsLost, 1);
  warn('something could not be told in the thread of a change or a rollout', { id, reason: String(error) });
}

/** A message that was posted when the time is up is not noted, and would be posted twice: what a thread may take has to be left. */
const TIME_FOR_ONE_MS = 60_000;

/** Brings the thread of a change or of a rollout up to what is on record. */
export type Tell = (id: string, ports: ThreadPorts) => Promise<void>;

/**
 * Tells threads what became of what they are about, each whatever becomes of the others. Where nothing can be told, the next thing that
 * happens to that change or rollout tries again.
 * @param threads - by the ids of changes and rollouts.
 * @param timeLeft - in milliseconds.
 * @throws the first error after which the same has to be told again, such as a ChatError while the chat takes no messages.
 */
export async function follow(threads: ReadonlyMap<string, Tell>, ports: ThreadPorts, timeLeft: () => number): Promise<void> {
  const repeated: unknown[] = [];
  for (const [id, tell] of threads) {
    if (timeLeft() < TIME_FOR_ONE_MS) {
      repeated.push(new ChatError('later', `there is no time left to tell of ${id}; those before it are told`));
      break;
    }
    try {
      await tell(id, ports);
    } catch (error) {
      if (isLost(error)) lost(error, id);
      else repeated.push(error);
    }
  }
  if (repeated.length > 0) throw repeated[0];
}

const threadOf = (changed: Changed): [string, Tell] =>
  isRollout(changed) ? [changed.rolloutId, tellRolloutThread] : [changed.changeId, tellThread];

/** A batch that fails is handed over again, until it is hours old: everything in it is told from what is on record then. */
export const handler = middy<unknown, void>()
  .use(telemetry)
  .handler(async (event, context) => {
    const { deployedThreadPorts } = await import('../runtime/deployed-chat.ts');
    const changed = changedIn(event, (error) => lost(error)).filter(isTold);
    await follow(new Map(changed.map(threadOf)), await deployedThreadPorts(), () => context.getRemainingTimeInMillis());
  });
