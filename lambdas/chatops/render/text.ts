import { escaped } from '../escape.ts';

/** What breaks a line or turns the direction of writing: with it, the words of one could pass for lines of ours. */
const UNRULY = /[\s\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** As many characters as fit once they are escaped; none is cut in half, and neither is what stands for an escaped one. */
function cut(text: string, max: number): string {
  const whole = escaped(text);
  if (whole.length <= max) return whole;
  let fits = '';
  for (const character of text) {
    const next = escaped(character);
    if (fits.length + next.length >= max) break;
    fits += next;
  }
  return `${fits}…`;
}

/**
 * Words of people, clusters and errors as one line of mrkdwn that means nothing but itself.
 * @param max - characters of the result.
 */
export const said = (text: string, max = 300): string => cut(text.replace(UNRULY, ' ').replace(/ {2,}/g, ' ').trim(), max);

/** The same for a code block, where blanks align. */
export const literal = (line: string, max = 500): string => cut(line.replace(UNRULY, ' ').trimEnd(), max);

/** A name in the type of code. */
export const code = (text: string): string => `\`${said(text)}\``;

/** A moment in the time zone of whoever reads it; as it is where it is no moment. @param iso - ISO 8601. */
export function moment(iso: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return Number.isNaN(seconds) || seconds < 0 ? said(iso) : `<!date^${seconds}^{date_short_pretty} {time}|${said(iso)}>`;
}

const isAddress = (place: string): boolean => /^https?:\/\/[^\s<>|]+$/.test(place);

/** A link where there is an address; a path as it is. */
export const linkTo = (place: string, name: string): string =>
  isAddress(place) ? `<${place.replace(/&/g, '&amp;')}|${said(name)}>` : code(place);

/** Where the story of a change is, which may be a command that is set in back quotes already. */
export const recordLink = (place: string): string =>
  isAddress(place)
    ? linkTo(place, 'record')
    : place
        .split('`')
        .map((part) => said(part))
        .join('`');

/** Lines that were made to fit, and whether that took anything away. */
export interface Fitted {
  readonly lines: readonly string[];
  readonly isWhole: boolean;
}

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** As many lines as fit, the last of them saying how many do not. @param max - characters of all lines together. */
export function fitted(lines: readonly string[], max: number): Fitted {
  if (lengthOf(lines) <= max) return { lines, isWhole: !lines.some((line) => line.endsWith('…')) };
  const room = max - '… and 99999 more'.length;
  const kept = lines.findIndex((_line, index) => lengthOf(lines.slice(0, index + 1)) > room);
  return { lines: [...lines.slice(0, kept), `… and ${lines.length - kept} more`], isWhole: false };
}

/** Columns padded to their widest cell, two blanks apart, no trailing blanks. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)), []);
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
