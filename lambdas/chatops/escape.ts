/** Looks like a back quote and closes no code. */
const HARMLESS_BACK_QUOTE = 'ʼ';

const REPLACEMENTS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '`': HARMLESS_BACK_QUOTE };

/** A text that is not ours, so that Slack shows it as it is: no mention, no link, and no way out of a piece of code that it stands in. */
export const escaped = (text: string): string => text.replace(/[&<>`]/g, (character) => REPLACEMENTS[character] ?? '');
