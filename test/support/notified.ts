import { expect } from 'vitest';
import { notificationFor } from '../../lambdas/chatops/notifications.ts';
import { Notification } from '../../lambdas/contracts/notification.ts';
import type { ChangeRecord } from '../../lambdas/contracts/record.ts';
import { undocumentedIn } from './documented-notification.ts';
import { CHANGE_ID, type Lab } from './lab.ts';

export const RUNBOOK = 'https://runbooks.example.com/syncshift?a=1&b=2';

export async function recordOf({ store }: Pick<Lab, 'store'>, changeId = CHANGE_ID): Promise<ChangeRecord> {
  return (await store.get(changeId)) ?? expect.fail(`no change ${changeId} is on record`);
}

/** Everything that people are told of a change, in order; each is checked against what is documented and what we hold ourselves to. */
export function notifiedOf(record: ChangeRecord): Notification[] {
  const told = [...record.timeline, ...(record.report ? [{ ended: record.report }] : [])].flatMap(
    (news) => notificationFor(news, record, { runbook: RUNBOOK }) ?? [],
  );
  for (const notification of told) {
    expect(undocumentedIn(notification.document)).toEqual([]);
    expect(Notification.safeParse(notification).error).toBeUndefined();
    expect(notification.document.metadata).toMatchObject({ threadId: record.changeId, enableCustomActions: false });
  }
  const ids = told.map(({ document }) => document.id);
  expect(new Set(ids).size, 'one id for two notifications').toBe(ids.length);
  return told;
}

/** The types of what is told, without the product's own name. */
export const typesOf = (told: readonly Notification[]): string[] =>
  told.map(({ document }) => document.metadata?.eventType?.replace('syncshift.', '') ?? '');
