import { escaped } from '../escape.ts';

/** What others join with what they say before it, as a sentence of mrkdwn. */
export const sentence = (says: string): string => `${escaped(says.charAt(0).toUpperCase() + says.slice(1))}.`;
