import type { EarlierWrite, SendOptions } from '../../ports/cluster.ts';
import type { Command } from './commands.ts';

/** What became of one rladmin process. */
export interface CommandResult {
  /**
   * `timed-out`: it was given up after its limit. `not-started`: it provably never ran. `cut`: it ended, and the transport lost a
   * part of what it printed, so none of it may be read.
   */
  readonly ended: 'exited' | 'timed-out' | 'killed' | 'not-started' | 'cut';
  /** Null unless it exited by itself. */
  readonly exitCode: number | null;
  /** It was given up and is known to run on. */
  readonly stillRuns?: true;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one rladmin command somewhere. It never throws for what the command does.
 * @param runId - that of a write, to mark it with; a read has none.
 */
export type RunCommand = (command: Command, limitSeconds: number, runId?: string) => Promise<CommandResult>;

/** Brings rladmin commands to a cluster. It never throws for what a command does. */
export interface Runner {
  /** True when several reads travel at the price of one. */
  readonly carriesMany: boolean;
  /**
   * Announces the reads that one inspection needs.
   * @returns a function that answers each; one that was not announced travels by itself.
   */
  reading(commands: readonly Command[], limitSeconds: number): (command: Command) => Promise<CommandResult>;
  /** Sends one write, once. */
  write(command: Command, options: SendOptions): Promise<CommandResult>;
  /** What became of an earlier write; undefined when that cannot be known. */
  recall(write: EarlierWrite): Promise<CommandResult | undefined>;
  /** Lets another node answer from now on. @returns false when there is no other. */
  passOver(reason: string): boolean;
}

/**
 * A transport that runs every command by itself, where it is needed, on the one node it has.
 * @param recall - how it finds earlier writes; one that keeps no trace of them has no way.
 */
export const oneByOne = (run: RunCommand, recall: Runner['recall'] = async () => undefined): Runner => ({
  carriesMany: false,
  reading: (_announced, limitSeconds) => (command) => run(command, limitSeconds),
  write: (command, { limitSeconds, runId }) => run(command, limitSeconds, runId),
  recall,
  passOver: () => false,
});
