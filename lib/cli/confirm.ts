import { createInterface } from 'node:readline/promises';

/** Asks a question at the terminal. Ctrl-C and Ctrl-D close the prompt without an answer, which is a no. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  const answer = await terminal.question(question, { signal: closed.signal }).catch(() => '');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
