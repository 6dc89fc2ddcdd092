import type { TimelineEvent } from '../../contracts/record.ts';
import { approvalRequested, decided, planned, windowAwaited } from './gate-stories.ts';
import { ended, NEWS_STATES, stepStarted, stopRequested, takenOver } from './run-stories.ts';
import type { About, News, Story } from './story.ts';

/** What there is to tell about an event, if it is news at all. Whoever only asked for a plan has it already. */
export function storyOf(news: News, about: About): Story | undefined {
  if (about.request.planOnly) return undefined;
  if ('ended' in news) return ended(news.ended, about);
  switch (news.type) {
    case 'plan':
      return planned(news, about);
    case 'approval-requested':
      return approvalRequested(news, about);
    case 'decision':
      return decided(news, about);
    case 'window':
      return windowAwaited(news, about);
    case 'step-started':
      return stepStarted(news, about);
    case 'cancel-requested':
      return stopRequested(news);
    case 'taken-over':
      return takenOver(news);
    default:
      return undefined;
  }
}

const NEWS_TYPES: ReadonlySet<TimelineEvent['type']> = new Set([
  'plan',
  'approval-requested',
  'decision',
  'window',
  'cancel-requested',
  'taken-over',
]);

/** False for what is no news whatever the change is: most of what happens, so that nothing has to be read for it. */
export const mayBeNews = (event: TimelineEvent): boolean =>
  event.type === 'step-started' ? Object.values<string>(NEWS_STATES).includes(event.step) : NEWS_TYPES.has(event.type);
