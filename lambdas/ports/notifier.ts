import type { Notification } from '../contracts/notification.ts';

/** Whatever brings news of changes to people who did not ask for it there and then. */
export interface Notifier {
  /** Publishing the same notification twice is told twice, under the same id. @throws Error when it was not taken. */
  publish(notification: Notification): Promise<void>;
}
