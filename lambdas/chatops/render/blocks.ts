import type { ActionsBlock, Button, ContextBlock, KnownBlock, MrkdwnElement, PlainTextElement, SectionBlock } from '@slack/types';
import type { ChatMessage, SharedText } from '../../ports/chat.ts';
import { fitted, literal } from './text.ts';

/** Slack takes 3,000 characters in a section. */
const LONGEST_SECTION = 2_900;
const LONGEST_TEXT = 3_000;
/** Of code: a command of the REST API names every endpoint of a database. */
const LONGEST_LINE = 1_200;

/** Nothing in it becomes a link or a mention by itself: only what is written as one. */
export const mrkdwn = (text: string): MrkdwnElement => ({ type: 'mrkdwn', text, verbatim: true });
export const plain = (text: string): PlainTextElement => ({ type: 'plain_text', text });

export const section = (text: string): SectionBlock => ({ type: 'section', text: mrkdwn(text) });
export const context = (...texts: string[]): ContextBlock => ({ type: 'context', elements: [mrkdwn(texts.join('  ·  '))] });
export const buttons = (...elements: Button[]): ActionsBlock => ({ type: 'actions', elements });

/** Blocks, and whether they show all that there is. */
export interface Laid {
  readonly blocks: readonly KnownBlock[];
  readonly isWhole: boolean;
}

const NOTHING: Laid = { blocks: [], isWhole: true };
export const whole = (...blocks: KnownBlock[]): Laid => ({ blocks, isWhole: true });

/** Lines in the type of code, as many as fit, below a heading if there is one. @param lines - as they are, not escaped. */
export function codeBlock(lines: readonly string[], max: number, heading?: string): Laid {
  if (lines.length === 0) return NOTHING;
  const shown = fitted(
    lines.map((line) => literal(line, LONGEST_LINE)),
    Math.min(max, LONGEST_SECTION - 100),
  );
  const head = heading === undefined ? '' : `*${heading}*\n`;
  return { blocks: [section(`${head}\`\`\`\n${shown.lines.join('\n')}\n\`\`\``)], isWhole: shown.isWhole };
}

/** A heading and its points, as many as fit; both are mrkdwn. */
export function list(heading: string, lines: readonly string[], max: number): Laid {
  if (lines.length === 0) return NOTHING;
  const shown = fitted(
    lines.map((line) => `• ${line}`),
    Math.min(max, LONGEST_SECTION - 100),
  );
  return { blocks: [section(`${heading}\n${shown.lines.join('\n')}`)], isWhole: shown.isWhole };
}

export interface Letter {
  readonly message: ChatMessage;
  readonly file?: SharedText;
}

/**
 * A message, with a file beside it when it could not hold everything.
 * @param text - mrkdwn for where blocks cannot be shown.
 * @param everything - what the file says.
 */
export function letter(text: string, parts: readonly Laid[], everything?: SharedText): Letter {
  const message = { text: text.slice(0, LONGEST_TEXT), blocks: parts.flatMap(({ blocks }) => blocks) };
  return { message, ...(everything && parts.some(({ isWhole }) => !isWhole) && { file: everything }) };
}
