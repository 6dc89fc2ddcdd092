/** How a text is shown: as the markdown that Slack and Microsoft Teams both read, or as it is. */
export interface Style {
  text(value: string): string;
  code(value: string): string;
}

/** Something that was typed, or can be. */
export interface Code {
  readonly code: string;
}
export const code = (text: string): Code => ({ code: text });

/** A sentence that is not bound to a style yet. */
export type Phrase = (style: Style) => string;

/** The longest value that is shown in full, in characters: a reason, an error, a command. */
const LONGEST_VALUE = 300;

/** On one line, without what cannot be seen; SNS takes no message with some of it. */
const tidy = (value: string): string => value.replace(/[\p{Cc}\p{Cf}\p{Cs}\s\uFFFE\uFFFF]+/gu, ' ').trim();

/** Cut between two characters, with a sign that there was more. */
export function cut(value: string, longest: number): string {
  const characters = [...value];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : value;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (value: string): string => value.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);

/** Takes no room, and neither a chat nor Amazon Q sees a mention or a link across it. */
const APART = '\u2060';
const ADDRESS = /(?<![\w.+-])[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@-])/g;

/** An `@` that is not within an e-mail address begins a mention. */
function withoutMentions(value: string): string {
  const addresses = value.match(ADDRESS) ?? [];
  return value
    .split(ADDRESS)
    .map((between, index) => `${between.replaceAll('@', `@${APART}`)}${addresses[index] ?? ''}`)
    .join('');
}

const withoutLinks = (value: string): string =>
  value.replace(/:(?=\/\/)|\](?=[([])|\bwww(?=\.)|\b(?:mailto|tel):/gi, (beginning) => `${beginning}${APART}`);

export const MARKDOWN: Style = {
  text: (value) => escaped(withoutLinks(withoutMentions(value.replaceAll('`', "'")))),
  code: (value) => `\`${escaped(withoutMentions(value.replaceAll('`', "'")))}\``,
};
export const PLAIN: Style = { text: (value) => value, code: (value) => value };

function shown(value: string | number | Code, style: Style): string {
  const isCode = typeof value === 'object';
  const text = cut(tidy(isCode ? value.code : String(value)), LONGEST_VALUE);
  return isCode ? style.code(text) : style.text(text);
}

/** A sentence with values in it: what is written here is ours, what is put in may be anybody's and is shown as text and nothing else. */
export const say =
  (sentence: TemplateStringsArray, ...values: readonly (string | number | Code)[]): Phrase =>
  (style) =>
    sentence.map((part, index) => `${part}${index < values.length ? shown(values[index] ?? '', style) : ''}`).join('');

/** Several phrases on one line; what is too many is counted. */
export const list = (label: string, phrases: readonly Phrase[], most: number): Phrase[] => {
  if (phrases.length === 0) return [];
  const more = phrases.length > most ? [`and ${phrases.length - most} more`] : [];
  return [(style) => `${label}: ${[...phrases.slice(0, most).map((phrase) => phrase(style)), ...more].join('; ')}`];
};

/** As many whole lines as fit. */
export function wholeLines(lines: readonly string[], longest: number): string {
  let text = '';
  for (const line of lines) {
    const longer = text === '' ? line : `${text}\n${line}`;
    // Room for the sign that there was more.
    if (longer.length > longest - 2) return `${text}${text && '\n'}…`;
    text = longer;
  }
  return text;
}
