import { StepError } from '../../contracts/errors.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed here.
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Lines as a reader sees them: no colours, no carriage returns, no backspaces, no trailing blanks. */
export function cleanLines(output: string): string[] {
  return output
    .replace(ESCAPE_SEQUENCE, '')
    .replace(/\r\n/g, '\n')
    .split('\n')
    .map((line) => line.replace(/\r+$/, ''))
    .map((line) => line.slice(line.lastIndexOf('\r') + 1).replaceAll('\b', ''))
    .map((line) => line.trimEnd());
}

const SHOWN_CHARACTERS = 200;

/** The error for output in no known form. It shows the line, cut to a readable length. */
export const notUnderstood = (problem: string, line?: string): StepError => {
  const shown =
    line === undefined ? '' : `: ${JSON.stringify(line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line)}`;
  return new StepError('ClusterOutputError', `rladmin: ${problem}${shown}`);
};
