import type { Command } from './commands.ts';

/** What became of one rladmin process. */
export interface CommandResult {
  /** `timed-out`: it was given up after its limit. `not-started`: it provably never ran. */
  readonly ended: 'exited' | 'timed-out' | 'killed' | 'not-started';
  /** Null unless it exited by itself. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one rladmin command somewhere. It never throws for what the command does. */
export type Runner = (command: Command, limitSeconds: number) => Promise<CommandResult>;
