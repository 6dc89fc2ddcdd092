import { CommanderError } from 'commander';
import { ChatCommand, LONGEST_WORDS } from '../contracts/chat-task.ts';
import { describeIssues } from '../contracts/parse.ts';
import { makeProgram, SLASH } from './command-line.ts';
import { escaped } from './escape.ts';
import { plainText, splitWords } from './split-words.ts';
import type { TypedCommand } from './typed.ts';

export type ReadWords = { readonly command: ChatCommand } | { readonly answer: string };

const code = (text: string): string => `\`${escaped(text)}\``;
const codeBlock = (text: string): string => `\`\`\`\n${escaped(text.trimEnd())}\n\`\`\``;

/** How a verb is used, or, while the verb is not known, every one of them. */
function usage(verb: string | undefined): string {
  const verbs = makeProgram(
    () => {},
    () => {},
  ).commands;
  const meant = verbs.filter((command) => command.name() === verb);
  // A verb with actions of its own is used in as many ways.
  const uses = meant.length === 1 && meant[0]?.commands.length ? meant[0].commands : undefined;
  const lines = uses
    ? uses.map((command) => `${SLASH} ${verb} ${command.name()} ${command.usage()}`)
    : (meant.length > 0 ? meant : verbs).map((command) => `${SLASH} ${command.name()} ${command.usage()}`);
  return [...lines, `${SLASH} help [verb]`].join('\n');
}

/** The fault in one sentence, what was probably meant, and how it is used. */
function wrongWords(message: string, verb?: string): ReadWords {
  const [fault = '', suggestion] = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n');
  const meant = suggestion === undefined ? '' : ` ${escaped(suggestion.replace(/^\(|\)$/g, ''))}`;
  return { answer: `Nothing was done: ${code(fault)}.${meant}\n${codeBlock(usage(verb))}` };
}

function parseWords(words: readonly string[]): ReadWords {
  let typed: TypedCommand | undefined;
  let help = '';
  const program = makeProgram(
    (command) => {
      typed = command;
    },
    (text) => {
      help += text;
    },
  );
  try {
    program.parse(words.length === 0 ? ['help'] : words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return help === '' ? wrongWords(error.message, words[0]) : { answer: codeBlock(help) };
  }
  const { data, error } = ChatCommand.safeParse(typed);
  return error ? wrongWords(describeIssues(error), words[0]) : { command: data };
}

/**
 * Reads what somebody typed after `/syncshift`, in the words of the command line. Help is an answer, and so is what is wrong with the words.
 * @param text - as Slack sends it.
 * @returns the command, or an answer as mrkdwn in which nothing that was typed can mention, link or format.
 */
export function readWords(text: string): ReadWords {
  const typed = plainText(text);
  if (typed.length > LONGEST_WORDS) return wrongWords(`a command has at most ${LONGEST_WORDS} characters`);
  const words = splitWords(typed);
  return 'fault' in words ? wrongWords(words.fault, typed.split(' ')[0]) : parseWords(words);
}
