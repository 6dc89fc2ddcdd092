import type { WriteAnswer } from '../../contracts/write.ts';
import type { CommandResult } from './runner.ts';
import { cleanLines } from './text.ts';

/** What a command said, for people: both streams, one line. Which stream carries what is undocumented. */
export const textOf = ({ stdout, stderr }: CommandResult): string =>
  cleanLines(`${stdout}\n${stderr}`)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' / ');

/**
 * Classifies the answer to a write. Only the two documented texts are believed; anything else that claims success is `none`,
 * because state decides, not text.
 */
export function classifyAnswer(result: CommandResult, limitSeconds: number): WriteAnswer {
  const text = textOf(result);
  switch (result.ended) {
    case 'not-started':
      return { kind: 'not-sent', text: text || 'rladmin could not be started' };
    case 'timed-out':
      return { kind: 'none', text: text || `no answer within ${limitSeconds} s`, ...(result.stillRuns && { stillRuns: true }) };
    case 'killed':
      return { kind: 'none', text: text || 'rladmin was killed before it answered' };
    case 'cut':
      return { kind: 'none', text: 'a part of the answer was lost on the way' };
    case 'exited':
      if (/\bNothing to do\b/i.test(text)) return { kind: 'nothing-to-do', text };
      if (result.exitCode !== 0) return { kind: 'refused', text: text || `exit code ${result.exitCode}` };
      return { kind: /\bFinished successfully\b/i.test(text) ? 'accepted' : 'none', text: text || 'nothing was printed' };
  }
}
