import { StepError } from '../../contracts/errors.ts';
import { type DocumentParameters, NOT_GIVEN, READ_ACTIONS, rladminDocument, WRITE_ACTIONS } from '../../contracts/rladmin-document.ts';
import type { Command } from './commands.ts';

/** One command in the words of the Run Command document. */
export interface Invocation {
  readonly command: Command;
  readonly kind: 'read' | 'write';
  readonly action: string;
  /** Parameters that the action needs. */
  readonly parameters: Omit<DocumentParameters, 'actions'>;
}
type ParameterName = keyof Invocation['parameters'];

const ACTIONS = [
  ...Object.entries(READ_ACTIONS).map(([action, words]) => ({ kind: 'read' as const, action, words: wordsOf(words) })),
  ...Object.entries(WRITE_ACTIONS).map(([action, words]) => ({ kind: 'write' as const, action, words: wordsOf(words) })),
];

interface Word {
  readonly text: string;
  readonly parameter?: ParameterName;
}

function wordsOf(template: string): Word[] {
  return [...template.matchAll(/'?\{\{ (\w+) \}\}'?|\S+/g)].map(([text, parameter]) =>
    parameter === undefined ? { text } : { text, parameter: parameter as ParameterName },
  );
}

// What Systems Manager would refuse is refused here, by the same patterns. Path and account are no part of them.
const { parameters: PARAMETERS } = rladminDocument({ rladmin: '/', runAs: 'root' });
const isAllowed = (parameter: keyof DocumentParameters, value: string): boolean =>
  value !== NOT_GIVEN && !value.includes('\n') && new RegExp(PARAMETERS[parameter].allowedPattern).test(value);

/** The parameters under which an action says these words; undefined when it never does. */
function parametersOf(command: Command, words: readonly Word[]): Invocation['parameters'] | undefined {
  const parameters: Partial<Record<ParameterName, string>> = {};
  for (const [index, { text, parameter }] of words.entries()) {
    // The list of nodes is the only parameter of several words; it is the last one.
    const given = parameter === 'nodes' ? command.slice(index).join(' ') : command[index];
    if (given === undefined) return undefined;
    if (parameter === undefined ? given !== text : !isAllowed(parameter, given)) return undefined;
    if (parameter !== undefined) parameters[parameter] = given;
  }
  return words.at(-1)?.parameter === 'nodes' || command.length === words.length ? parameters : undefined;
}

/** @throws StepError `InvalidInputError` for a command that the document has no action for. */
export function invocationOf(command: Command): Invocation {
  for (const { kind, action, words } of ACTIONS) {
    const parameters = parametersOf(command, words);
    if (parameters) return { command, kind, action, parameters };
  }
  const [info, node, number, ...more] = command;
  const action = `info-node-${number}`;
  if (info === 'info' && node === 'node' && more.length === 0 && isAllowed('actions', action) && !action.includes(','))
    return { command, kind: 'read', action, parameters: {} };
  throw new StepError('InvalidInputError', `the Run Command document has no action for ${JSON.stringify(command.join(' '))}`);
}

export const sameCommand = (one: Command, other: Command): boolean =>
  one.length === other.length && one.every((word, index) => word === other[index]);

/** Reads in the order in which they are asked for, as few journeys as their parameters allow: a parameter has one value in each. */
export function journeysOf(reads: readonly Invocation[]): Invocation[][] {
  const journeys: Invocation[][] = [];
  for (const read of reads) {
    if (journeys.flat().some(({ command }) => sameCommand(command, read.command))) continue;
    const fitting = journeys.find((journey) => journey.every((other) => agree(read.parameters, other.parameters)));
    if (fitting) fitting.push(read);
    else journeys.push([read]);
  }
  return journeys;
}

const agree = (one: Invocation['parameters'], other: Invocation['parameters']): boolean =>
  (Object.keys(one) as ParameterName[]).every((name) => other[name] === undefined || other[name] === one[name]);

/** What `SendCommand` takes as `Parameters`. */
export function sentParameters(journey: readonly Invocation[]): Record<string, string[]> {
  const given = Object.assign({}, ...journey.map(({ parameters }) => parameters)) as Invocation['parameters'];
  const all = { actions: journey.map(({ action }) => action).join(','), ...given };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]]));
}
