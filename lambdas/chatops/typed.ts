import { InvalidArgumentError, Option } from 'commander';
import type { ChatCommand } from '../contracts/chat-task.ts';

/** What was typed, before it is checked as a whole. */
export type TypedCommand = { readonly verb: ChatCommand['verb'] } & Readonly<Record<string, unknown>>;
export type Found = (command: TypedCommand) => void;

export interface Options {
  readonly to?: string;
  readonly policy?: string;
  readonly reason?: string;
  readonly window?: string;
}

export const reasonOption = () => new Option('--reason <text>', 'why, for the record; in quotes when it is more than a word');

/** @throws InvalidArgumentError, which the parser tells as the fault of what was typed. */
export const refuse = (message: string): never => {
  throw new InvalidArgumentError(message);
};
