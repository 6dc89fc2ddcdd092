import { createHash } from 'node:crypto';
import { LONGEST_SUBJECT, NOTIFICATION_LIMITS, type Notification } from '../contracts/notification.ts';
import type { RolloutEvent, RolloutRecord } from '../contracts/rollout.ts';
import { code, cut, MARKDOWN, type Phrase, PLAIN, say, wholeLines } from './news/phrase.ts';
import { rolloutStoryOf } from './news/rollout-stories.ts';
import { storyOf } from './news/stories.ts';
import type { About, News, Story } from './news/story.ts';

export interface Surroundings {
  /** Path or address of the runbook; `#` and a heading are appended. */
  readonly runbook: string;
}

const LONGEST_TEXT = 12_000;

/** The same for every delivery of the same news, and another one for any other. */
const idOf = (id: string, { eventType, which }: Story): string =>
  createHash('sha256')
    .update(JSON.stringify([id, eventType, which]))
    .digest('hex')
    .slice(0, 32);

/** What begins again, such as a step that is repeated or another look at the same window, was told when it began. */
function wasTold(news: News, story: Story, about: About): boolean {
  if ('ended' in news) return false;
  const first = about.timeline.find((event) => {
    const other = event.type === news.type ? storyOf(event, about) : undefined;
    return other?.eventType === story.eventType && other.which === story.which;
  });
  return first !== undefined && first.at !== news.at;
}

/** An address stays as it is, so that it can be followed; a path is something to type. */
const runbookStep = (place: string): Phrase =>
  /^https?:\/\//.test(place)
    ? (style) => `Runbook: ${style === MARKDOWN ? place.replaceAll('&', '&amp;') : place}`
    : say`Runbook: ${code(place)}`;

function stepsOf({ nextSteps = [], runbook }: Story, surroundings: Surroundings): readonly Phrase[] {
  return runbook === undefined ? nextSteps : [...nextSteps, runbookStep(`${surroundings.runbook}#${runbook}`)];
}

/** What a piece of news is about, for those who look for it. */
interface Subject {
  /** Of the change or the rollout: all news of it belong together. */
  readonly id: string;
  readonly kind: 'change' | 'rollout';
  /** How people know it. */
  readonly name: string;
  /** For programs. None of it is text that people wrote. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A piece of news as it is sent, for chats and for mailboxes. */
export function compose(story: Story, { id, kind, name, facts }: Subject, surroundings: Surroundings): Notification {
  const title = say`${name}: ${story.headline}`;
  const lines = [...story.lines, kind === 'change' ? say`change ${code(id)}` : say`rollout ${code(id)}`];
  const steps = stepsOf(story, surroundings);
  // A link that is cut leads nowhere.
  const nextSteps = steps.map((step) => step(MARKDOWN)).filter(({ length }) => length <= NOTIFICATION_LIMITS.nextStep);
  const itemized = lines.map((line) => `- ${line(MARKDOWN)}`);
  return {
    document: {
      version: '1.0',
      source: 'custom',
      id: idOf(id, story),
      content: {
        textType: 'client-markdown',
        title: title(MARKDOWN),
        description: wholeLines(itemized, NOTIFICATION_LIMITS.description),
        ...(nextSteps.length > 0 && { nextSteps }),
        keywords: ['syncshift', story.headline],
      },
      metadata: {
        threadId: id,
        summary: title(MARKDOWN),
        eventType: story.eventType,
        relatedResources: [name],
        additionalContext: { ...facts, ...story.facts },
        // A button would act as the role of the channel, whoever presses it.
        enableCustomActions: false,
      },
    },
    plain: {
      subject: cut(`[syncshift] ${title(PLAIN)}`.replace(/[^ -~]/g, '?'), LONGEST_SUBJECT).replace('…', '~'),
      text: wholeLines([title(PLAIN), '', ...[...lines, ...steps].map((line) => line(PLAIN))], LONGEST_TEXT),
    },
  };
}

/**
 * What people are told about an event of a change.
 * @param about - the change, with its timeline at least up to the event.
 * @returns undefined for what is no news, or was told when it happened first.
 */
export function notificationFor(news: News, about: About, surroundings: Surroundings): Notification | undefined {
  const story = storyOf(news, about);
  if (!story || wasTold(news, story, about)) return undefined;
  const { changeId, request } = about;
  const { cluster, database } = request.target;
  const facts = { changeId, cluster, database, syncerMode: request.wanted.syncerMode };
  return compose(story, { id: changeId, kind: 'change', name: `${cluster}/${database}`, facts }, surroundings);
}

/**
 * What people are told about a line of the story of a rollout.
 * @returns undefined for what is no news.
 */
export function rolloutNotificationFor(news: RolloutEvent, record: RolloutRecord, surroundings: Surroundings): Notification | undefined {
  const story = rolloutStoryOf(news, record);
  if (!story) return undefined;
  const { rolloutId, file } = record.request;
  const facts = { rolloutId, syncerMode: file.wanted.syncerMode };
  return compose(story, { id: rolloutId, kind: 'rollout', name: file.name, facts }, surroundings);
}
