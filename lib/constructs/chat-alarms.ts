import { type Occurrence, SOON } from './change-alarms.ts';
import { threadsLostMetric, undeliveredMetric } from './change-metrics.ts';
import type { ChangeNotifications } from './change-notifications.ts';
import type { Chat } from './chat.ts';

/** What operators are told of chat. */
export const chatOccurrences = ({ endpoint, work, threads }: Chat): Occurrence[] => [
  {
    id: 'ThreadsLost',
    metric: threadsLostMetric(SOON),
    what: 'Something could not be told in the thread of a change; the change goes on, and its record has all of it.',
  },
  {
    id: 'ChatTasksUndelivered',
    metric: undeliveredMetric(work.undelivered, SOON),
    what: 'Something that a person asked for in chat could not be done.',
  },
  {
    id: 'ThreadUpdatesUndelivered',
    metric: undeliveredMetric(threads.undelivered, SOON),
    what: 'For hours, something that happened to changes could not be told in their threads.',
  },
  {
    id: 'ChatEndpointFailed',
    metric: endpoint.failures({ period: SOON }),
    what: 'A request of Slack was answered with a fault of ours, and whoever pressed or typed was told that it failed.',
  },
];

/** What operators are told of notifications. */
export const notificationOccurrences = ({ notifier }: ChangeNotifications): Occurrence[] => [
  {
    id: 'NotificationsUndelivered',
    metric: undeliveredMetric(notifier.undelivered, SOON),
    what: 'For hours, something that happened to changes could not be told over the topic.',
  },
];
