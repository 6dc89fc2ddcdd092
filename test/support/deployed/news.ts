import { expect } from 'vitest';
import { Notification } from '../../../lambdas/contracts/notification.ts';
import { undocumentedIn } from '../documented-notification.ts';
import type { Published } from './topics.ts';

/** One message as every kind of subscriber gets it, checked against what is documented and what we hold ourselves to. */
function documentIn({ messages, subject, attributes }: Published): Notification['document'] {
  const document = JSON.parse(messages.default ?? '') as Notification['document'];
  expect(undocumentedIn(document)).toEqual([]);
  expect(Notification.safeParse({ document, plain: { subject, text: messages.email } }).error).toBeUndefined();
  expect([messages.https, attributes.eventType]).toEqual([messages.default, document.metadata?.eventType]);
  return document;
}

/** The types of the news of a change that were published, in order, without the product's own name. */
export function newsOf(changeId: string, published: readonly Published[]): string[] {
  const news = published.map(documentIn).filter(({ metadata }) => metadata?.threadId === changeId);
  expect(new Set(news.map(({ id }) => id)).size, 'one id for two notifications').toBe(news.length);
  return news.map(({ metadata }) => metadata?.eventType?.replace('syncshift.', '') ?? '');
}
