/** `<http://eu.example|eu.example>`, `<mailto:a@b.example|a@b.example>`, `<@U1|somebody>`: what Slack makes of what somebody typed. */
const LINK = /<((?:https?:|mailto:|tel:|[@#!])[^<>|]*)(?:\|([^<>]*))?>/g;
const ENTITY = /&(lt|gt|amp);/g;
const CHARACTERS: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' };
/** Marks of zero width and marks of direction: nobody sees them, and they can make a text look like another one. */
const INVISIBLE = /\u200b|\u200e|\u200f|\u2060|\ufeff|[\u202a-\u202e]|[\u2066-\u2069]/g;
/** Of every width, ends of lines and control characters among them. */
const BLANK = /[\s\p{Cc}]/gu;

function linkAsTyped(target: string, label: string | undefined): string {
  const mark = /^[@#]/.exec(target)?.[0] ?? '';
  if (label) return label.startsWith(mark) ? label : `${mark}${label}`;
  return target.replace(/^(?:mailto|tel):/, '').replace(/^!/, '@');
}

/** The text of a command as it was typed, on one line: without what Slack makes of links, mentions, and the characters `&`, `<` and `>`. */
export const plainText = (text: string): string =>
  text
    .replace(LINK, (_whole, target: string, label?: string) => linkAsTyped(target, label))
    .replace(ENTITY, (_whole, name: string) => CHARACTERS[name] ?? '')
    .replace(INVISIBLE, '')
    .replace(BLANK, ' ')
    .trim();

/** Keyboards have more than one quote of each kind, and choose by themselves. */
const QUOTES = ['"“”„‟«»', "'‘’‚‛"];
/** The beginning of `--option="some value"`. */
const OPTION_OF_QUOTED = new RegExp(`^[^ =${QUOTES.join('')}]+=(?=[${QUOTES.join('')}])`);
/** Two hyphens, of which a keyboard made one dash. */
const DASH_OF_OPTION = /^[\u2012-\u2015\u2212]-?(?=[A-Za-z])/;

const withHyphens = (word: string): string => word.replace(DASH_OF_OPTION, '--');

type Taken = { readonly word: string; readonly rest: string } | { readonly fault: string };

/** A quoted value ends where a quote of its kind stands before a blank, so that the words in it may have an apostrophe. */
function takeQuoted(text: string, quotes: string): Taken {
  const end = text.slice(1).search(new RegExp(`[${quotes}](?: |$)`));
  if (end === -1) return { fault: `the quote that begins with ${text.slice(0, 40)} has no end` };
  return { word: text.slice(1, end + 1), rest: text.slice(end + 2) };
}

function takeWord(text: string): Taken {
  const option = OPTION_OF_QUOTED.exec(text)?.[0] ?? '';
  const value = text.slice(option.length);
  const quotes = QUOTES.find((kind) => kind.includes(value.charAt(0)));
  if (quotes === undefined) {
    const end = text.search(/ |$/);
    return { word: withHyphens(text.slice(0, end)), rest: text.slice(end) };
  }
  const taken = takeQuoted(value, quotes);
  return 'fault' in taken ? taken : { ...taken, word: `${withHyphens(option)}${taken.word}` };
}

/**
 * Splits a text, in the form that `plainText` gives it, into words. Quotes of every kind keep a value together, and a dash at the beginning
 * of an option counts as two hyphens.
 */
export function splitWords(text: string): string[] | { readonly fault: string } {
  const words: string[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const taken = takeWord(rest);
    if ('fault' in taken) return taken;
    words.push(taken.word);
    rest = taken.rest.trim();
  }
  return words;
}
