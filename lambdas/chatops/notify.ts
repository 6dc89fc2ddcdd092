import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { type Changed, type ChangedItem, type ChangedRollout, changedIn, isRollout } from '../runtime/change-stream.ts';
import type { NotifyPorts } from '../runtime/notify-ports.ts';
import { count, telemetry, warn } from '../runtime/telemetry.ts';
import { mayBeRolloutNews } from './news/rollout-stories.ts';
import { mayBeNews } from './news/stories.ts';
import type { News } from './news/story.ts';
import { notificationFor, rolloutNotificationFor } from './notifications.ts';
import { isOfRollout } from './of-rollout.ts';
import { isOwnFault } from './own-fault.ts';

/** What the event source of a stream is answered. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Of the many changes of a rollout only those are told that somebody has to look at; the rest is told of the rollout. */
const isTold = (changeId: string, news: News): boolean =>
  !isOfRollout(changeId) || ('ended' in news && news.ended.outcome === 'needs-operator');

async function notifyOfChange({ changeId, news, ended }: ChangedItem, { store, notifier, runbook }: NotifyPorts): Promise<void> {
  const candidates: News[] = [...news.filter(mayBeNews), ...(ended ? [{ ended }] : [])].filter((one) => isTold(changeId, one));
  if (candidates.length === 0) return;
  const record = await store.get(changeId);
  // It has expired, or never was one.
  if (!record) return;
  for (const candidate of candidates) {
    const notification = notificationFor(candidate, record, { runbook });
    if (notification) await notifier.publish(notification);
  }
}

async function notifyOfRollout({ rolloutId, news }: ChangedRollout, { rollouts, notifier, runbook }: NotifyPorts): Promise<void> {
  const candidates = news.filter(mayBeRolloutNews);
  const record = candidates.length === 0 ? undefined : await rollouts.get(rolloutId);
  if (!record) return;
  for (const candidate of candidates) {
    const notification = rolloutNotificationFor(candidate, record, { runbook });
    if (notification) await notifier.publish(notification);
  }
}

const notifyOf = (changed: Changed, ports: NotifyPorts): Promise<void> =>
  isRollout(changed) ? notifyOfRollout(changed, ports) : notifyOfChange(changed, ports);

function lost(error: unknown, id = 'not known'): void {
  count(METRICS.eventsLost, 1);
  warn('news of a change or a rollout could not be told', { id, reason: String(error) });
}

/** A fault of ours, or a message that the topic does not take: repeating it does not help. */
const isLost = (error: unknown): boolean => isOwnFault(error) || (error instanceof Error && error.name.startsWith('InvalidParameter'));

/**
 * Notifies people of what a batch of the table's stream tells, in order. It stops at the first record that fails and reports that one, so
 * that the stream goes on there: nothing before it is told twice, and nothing after it is lost.
 * @throws Error when the first record fails: the stream begins again with it just the same, and the reason comes into the log.
 */
export async function notify(changed: readonly Changed[], ports: NotifyPorts): Promise<BatchAnswer> {
  for (const [index, item] of changed.entries()) {
    try {
      await notifyOf(item, ports);
    } catch (error) {
      // It would hold up the news of other changes for hours.
      if (isLost(error)) {
        lost(error, isRollout(item) ? item.rolloutId : item.changeId);
        continue;
      }
      if (index === 0) throw error;
      return { batchItemFailures: [{ itemIdentifier: item.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
}

export const handler = middy<unknown, BatchAnswer>()
  .use(telemetry)
  .handler(async (event) => {
    const { deployedNotifyPorts } = await import('../runtime/notify-ports.ts');
    const changed = changedIn(event, (error) => lost(error));
    return notify(changed, deployedNotifyPorts());
  });
