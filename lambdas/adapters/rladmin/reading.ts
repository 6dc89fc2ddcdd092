import { StepError } from '../../contracts/errors.ts';
import type { ClusterConditions } from '../../contracts/facts.ts';
import { textOf } from './answers.ts';
import * as commands from './commands.ts';
import { entryOf, readClusterInfo, readNodeInfo, readSwitch } from './info.ts';
import type { CommandResult } from './runner.ts';
import { readRunningActions } from './running-actions.ts';
import { readTables, type TableName, type TableRow } from './tables.ts';
import { notUnderstood } from './text.ts';

/** Answers one command of a reading; commands that were announced together may have travelled together. */
export type Ask = (command: commands.Command) => Promise<CommandResult>;

export async function readConditions(ask: Ask): Promise<ClusterConditions> {
  const actions = await ask(commands.RUNNING_ACTIONS);
  const runningActions = actions.exitCode === 0 ? readRunningActions(actions.stdout) : undefined;
  const upgradeMode = await readUpgradeMode(ask);
  return { ...(runningActions && { runningActions }), ...(upgradeMode !== undefined && { upgradeMode }) };
}

async function readUpgradeMode(ask: Ask): Promise<boolean | undefined> {
  const result = await ask(commands.INFO_CLUSTER);
  if (result.exitCode !== 0) return undefined;
  return unlessNotUnderstood(() => readSwitch(entryOf(readClusterInfo(result.stdout), 'upgrade mode')));
}

/** A node whose kind the cluster does not tell counts as one in maintenance: the careful reading of the two. */
export async function isQuorumOnly(node: number, ask: Ask): Promise<boolean> {
  const result = await ask(commands.infoNode(node));
  if (result.exitCode !== 0) return false;
  return unlessNotUnderstood(() => readSwitch(entryOf(readNodeInfo(result.stdout, node), 'quorum only'))) === true;
}

/** One table by itself. */
export async function singleTable(table: TableName, command: commands.Command, ask: Ask): Promise<TableRow[]> {
  const rows = readTables(await outputOf(ask, command))[table];
  if (!rows) throw notUnderstood(`${command.join(' ')} printed no table of ${table}`);
  return rows;
}

/** Output of a read that has to succeed, and to be whole. */
export async function outputOf(ask: Ask, command: commands.Command): Promise<string> {
  const result = await ask(command);
  const said = `rladmin ${command.join(' ')}`;
  if (result.ended === 'cut') throw notUnderstood(`${said} printed more than the transport carries, or a part of it was lost`);
  if (result.exitCode === 0) return result.stdout;
  throw new StepError('ClusterUnreachableError', `${said} failed with exit code ${result.exitCode}${why(result)}`);
}

/** A read that was answered, with whatever exit code. */
export function requireAnswer(
  result: CommandResult,
  command: commands.Command,
  { name, readLimitSeconds, isRemote }: { name: string; readLimitSeconds: number; isRemote: boolean },
): CommandResult {
  const said = `rladmin ${command.join(' ')}`;
  // What carries commands from afar says itself which cluster it is about and what went wrong.
  const text = isRemote ? textOf(result) : '';
  if (result.ended === 'not-started')
    throw new StepError('ClusterAccessError', text || `cluster ${name}: rladmin cannot be started${why(result)}`);
  if (result.ended === 'timed-out')
    throw new StepError('ClusterUnreachableError', text || `${said} gave no answer within ${readLimitSeconds} s${why(result)}`);
  if (result.ended === 'killed') throw new StepError('ClusterUnreachableError', `${said} was killed before it answered${why(result)}`);
  if (result.exitCode === 126 || result.exitCode === 127)
    throw new StepError('ClusterAccessError', `cluster ${name}: rladmin cannot be run (exit code ${result.exitCode})${why(result)}`);
  return result;
}

/** What it said, if anything, as the end of a sentence. */
function why(result: CommandResult): string {
  const text = textOf(result);
  return text && `: ${text}`;
}

export function unlessNotUnderstood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof StepError) return undefined;
    throw error;
  }
}
