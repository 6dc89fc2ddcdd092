import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { type ChangedItem, changedIn } from '../runtime/change-stream.ts';
import type { NotifyPorts } from '../runtime/notify-ports.ts';
import { count, telemetry, warn } from '../runtime/telemetry.ts';
import { mayBeNews } from './news/stories.ts';
import type { News } from './news/story.ts';
import { notificationFor } from './notifications.ts';
import { isOwnFault } from './own-fault.ts';

/** What the event source of a stream is answered. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

async function notifyOf({ changeId, news, ended }: ChangedItem, { store, notifier, runbook }: NotifyPorts): Promise<void> {
  const candidates: News[] = [...news.filter(mayBeNews), ...(ended ? [{ ended }] : [])];
  if (candidates.length === 0) return;
  const record = await store.get(changeId);
  // It has expired, or never was one.
  if (!record) return;
  for (const candidate of candidates) {
    const notification = notificationFor(candidate, record, { runbook });
    if (notification) await notifier.publish(notification);
  }
}

function lost(error: unknown, changeId = 'not known'): void {
  count(METRICS.eventsLost, 1);
  warn('news of a change could not be told', { change: changeId, reason: String(error) });
}

/** A fault of ours, or a message that the topic does not take: repeating it does not help. */
const isLost = (error: unknown): boolean => isOwnFault(error) || (error instanceof Error && error.name.startsWith('InvalidParameter'));

/**
 * Notifies people of what a batch of the table's stream tells, in order. It stops at the first record that fails and reports that one, so
 * that the stream goes on there: nothing before it is told twice, and nothing after it is lost.
 * @throws Error when the first record fails: the stream begins again with it just the same, and the reason comes into the log.
 */
export async function notify(changed: readonly ChangedItem[], ports: NotifyPorts): Promise<BatchAnswer> {
  for (const [index, item] of changed.entries()) {
    try {
      await notifyOf(item, ports);
    } catch (error) {
      // It would hold up the news of other changes for hours.
      if (isLost(error)) {
        lost(error, item.changeId);
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
