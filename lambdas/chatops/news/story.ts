import type { Notified } from '../../contracts/notification.ts';
import type { ChangeRecord, ChangeReport, TimelineEvent } from '../../contracts/record.ts';
import { type Code, code, type Phrase, say } from './phrase.ts';

/** What a story is told from. */
export type About = Pick<ChangeRecord, 'changeId' | 'request' | 'timeline'>;
export type News = TimelineEvent | { readonly ended: ChangeReport };
export type EventOf<Type extends TimelineEvent['type']> = Extract<TimelineEvent, { type: Type }>;

/** One piece of news in words. */
export interface Story {
  readonly eventType: Notified;
  /** What tells it from other news of the same type and change; what begins again is told once. */
  readonly which: string;
  /** A few words of ours. */
  readonly headline: string;
  readonly lines: readonly Phrase[];
  /** What somebody may do about it. */
  readonly nextSteps?: readonly Phrase[];
  /** Heading of the runbook that it belongs under. */
  readonly runbook?: string;
  /** For programs. None of it is text that people wrote. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** A command of ours as one would type it: news come from what is deployed. */
export const syncshift = (words: string): Code => code(`syncshift ${words} --engine aws`);

export const because = (reason: string | undefined): Phrase[] => (reason === undefined ? [] : [say`reason: ${reason}`]);

/** To the minute, in UTC. */
export const moment = (iso: string): string =>
  Number.isNaN(Date.parse(iso)) ? iso : `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
