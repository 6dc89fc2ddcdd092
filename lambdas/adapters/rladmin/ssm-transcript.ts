import { MARK } from '../../contracts/rladmin-document.ts';
import type { Command } from './commands.ts';
import type { CommandResult } from './runner.ts';

/** What one finished command left behind. */
export interface Transcript {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code of the script; -1 while it has not run. */
  readonly responseCode: number;
}

/** A section that may be any command: where it is only known that it was one. */
export const ANY_COMMAND = 'any';

/** `GetCommandInvocation` keeps this much of stdout, and drops the rest without a word. */
const STDOUT_CHARACTERS = 24_000;

/** What the shell answers when it may not run, or does not find, what the script starts with. */
const CANNOT_RUN = [126, 127];

/** Added by the agent, not by rladmin. */
const AGENTS_REMARK = /(?:^|\n)failed to run commands: exit status \d+\s*$/;

/**
 * Takes apart what the document printed. Its marks decide, not the status that Systems Manager reports. A section is believed when it
 * is closed and the next mark follows at once; where anything is not as the document prints it, nothing is believed.
 * @param asked - the commands in the order in which they were sent.
 * @returns one result for each of them.
 */
export function readTranscript(transcript: Transcript, asked: readonly (Command | typeof ANY_COMMAND)[]): CommandResult[] {
  const stderr = transcript.stderr.replace(AGENTS_REMARK, '');
  const { sections, problem, missing } = readSections(transcript.stdout, asked.map(expectedLine));
  const nothingWasPrinted = transcript.stdout.trim() === '';
  return asked.map((_, index): CommandResult => {
    const section = sections[index];
    if (section) {
      // With several sections nobody can tell whose it is; a command that failed is the likeliest.
      const isTheirs = asked.length === 1 || section.exitCode !== 0;
      return { ended: 'exited', ...section, stderr: isTheirs ? stderr : '' };
    }
    if (missing === 'rladmin') return { ended: 'exited', exitCode: 127, stdout: '', stderr: stderr || problem };
    if (missing === 'action') return { ended: 'not-started', exitCode: null, stdout: '', stderr: problem };
    if (nothingWasPrinted && CANNOT_RUN.includes(transcript.responseCode))
      return { ended: 'exited', exitCode: transcript.responseCode, stdout: '', stderr };
    return { ended: 'cut', exitCode: null, stdout: '', stderr: [problem, stderr].filter((text) => text !== '').join('\n') };
  });
}

const expectedLine = (command: Command | typeof ANY_COMMAND): RegExp | string =>
  command === ANY_COMMAND ? /^begin ./ : `begin ${command.join(' ')}`;

interface Sections {
  /** Those that are proven to be whole, from the first on. */
  readonly sections: readonly { readonly exitCode: number; readonly stdout: string }[];
  /** Why the others are not there. */
  readonly problem: string;
  /** What the script itself reported as missing. */
  readonly missing?: 'rladmin' | 'action';
}

const looksLikeMark = (text: string): string => `the output holds a line that looks like a mark: ${JSON.stringify(text)}`;
const nothing = (problem: string): Sections => ({ sections: [], problem });

function readSections(stdout: string, expected: readonly (RegExp | string)[]): Sections {
  const isFull = stdout.length >= STDOUT_CHARACTERS;
  const sections: { exitCode: number; stdout: string }[] = [];
  let closed: { exitCode: number; stdout: string } | undefined;
  let openedAt: number | undefined;
  let position = 0;
  for (const { text, start, end, isLast } of marksIn(stdout, isFull)) {
    const begin = expected[sections.length + (closed ? 1 : 0)];
    if (openedAt !== undefined) {
      const exitCode = /^end (\d{1,3})$/.exec(text)?.[1];
      const printed = exitCode === undefined ? undefined : outputBetween(stdout, openedAt, start);
      if (exitCode === undefined || printed === undefined) return nothing(looksLikeMark(text));
      closed = { exitCode: Number(exitCode), stdout: printed };
      openedAt = undefined;
    } else {
      if (start !== position) return nothing('something was printed outside of the commands');
      if (closed) sections.push(closed);
      closed = undefined;
      const isEnding = isLast && stdout.slice(end).trim() === '';
      if (text === 'error rladmin-missing' && sections.length === 0 && isEnding)
        return { ...nothing('rladmin is not where the document looks for it'), missing: 'rladmin' };
      if (text === 'error unknown-action' && isEnding)
        return { sections, problem: 'the deployed document is older than syncshift and does not know this command', missing: 'action' };
      if (text === 'done' && begin === undefined && isEnding) return { sections, problem: '' };
      if (!text.startsWith('begin ')) return nothing(looksLikeMark(text));
      if (begin === undefined || !matches(text, begin)) return nothing(`the node was told something else than was asked: ${text}`);
      openedAt = end;
    }
    position = end;
  }
  return { sections, problem: isFull ? 'the output is longer than Systems Manager keeps' : 'the end of the output is missing' };
}

const matches = (text: string, expected: RegExp | string): boolean =>
  typeof expected === 'string' ? text === expected : expected.test(text);

/** The newline before the closing mark is the document's own: without it, the line was not printed by the document. */
function outputBetween(stdout: string, start: number, end: number): string | undefined {
  const printed = stdout.slice(start, end);
  const isConverted = stdout.slice(end, stdout.indexOf('\n', end)).endsWith('\r');
  const separator = isConverted ? '\r\n' : '\n';
  return printed.endsWith(separator) ? printed.slice(0, -separator.length) : undefined;
}

interface Mark {
  /** Without the leading word. */
  readonly text: string;
  readonly start: number;
  /** Behind the newline. */
  readonly end: number;
  readonly isLast: boolean;
}

/** Marks that are whole without the newline behind them. */
const WHOLE_WITHOUT_NEWLINE = ['done', 'error rladmin-missing', 'error unknown-action'];

/** Every line that begins like a mark, whoever printed it. A line without its newline may be cut, and is none. */
function marksIn(stdout: string, isFull: boolean): Mark[] {
  const marks: Omit<Mark, 'isLast'>[] = [];
  for (let start = 0; start < stdout.length; ) {
    const newline = stdout.indexOf('\n', start);
    const end = newline === -1 ? stdout.length : newline + 1;
    const line = stdout.slice(start, newline === -1 ? end : newline).replace(/\r$/, '');
    const text = line === MARK ? '' : line.slice(MARK.length + 1);
    const isMark = line === MARK || line.startsWith(`${MARK} `);
    // What stands right before a cut may have been printed by anybody.
    const isWhole = end < stdout.length || (!isFull && (newline !== -1 || WHOLE_WITHOUT_NEWLINE.includes(text)));
    if (isMark && isWhole) marks.push({ text, start, end });
    start = end;
  }
  return marks.map((mark, index) => ({ ...mark, isLast: index === marks.length - 1 }));
}
