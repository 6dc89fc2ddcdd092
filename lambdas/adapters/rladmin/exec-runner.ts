import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandResult, RunCommand } from './runner.ts';

/** Far beyond any status output; a program that prints more is not rladmin. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How long a process that was told to end may take before it is killed, and how long a killed one may take to be gone. */
const GRACE_MS = 2_000;
/** How long to wait for the rest of the output once the process itself has ended, in case a child of it keeps the pipe open. */
const DRAIN_MS = 500;
/** Environment variable that marks the process of a write, and every child of it, with the run id of the write. */
export const RUN_ID_VARIABLE = 'SYNCSHIFT_RUN_ID';

/**
 * Runs rladmin as a local process: no shell, closed stdin, a process group of its own so that a Ctrl-C meant for us does not
 * reach a command that is half-way through. It outlives us when we are killed; `recallWith` finds it by its mark.
 * @param program - the executable and any arguments that come before rladmin's own.
 */
export function execRunner(program: readonly [string, ...string[]]): RunCommand {
  const [executable, ...leading] = program;
  return (command, limitSeconds, runId) =>
    new Promise<CommandResult>((resolve) => {
      let child: ReturnType<typeof start>;
      try {
        child = start(executable, [...leading, ...command], runId);
      } catch (error) {
        // Arguments that no program can be given, such as a NUL character, are refused before anything starts.
        resolve({ ended: 'not-started', exitCode: null, stdout: '', stderr: String(error) });
        return;
      }
      const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      let bytes = 0;
      let gaveUp = false;
      let next: NodeJS.Timeout;
      const finish = (result: Omit<CommandResult, 'stdout' | 'stderr'>, problem = '') => {
        clearTimeout(next);
        const [stdout, stderr] = [Buffer.concat(output.stdout).toString('utf8'), Buffer.concat(output.stderr).toString('utf8')];
        resolve({ ...result, stdout, stderr: stderr + problem });
      };
      const letGo = () => {
        child.stdout.destroy();
        child.stderr.destroy();
        child.unref();
        finish({ ended: 'timed-out', exitCode: null, stillRuns: true }, 'it could not be stopped and may still run');
      };
      const kill = () => {
        signalGroup(child, 'SIGKILL');
        next = setTimeout(letGo, GRACE_MS);
      };
      const giveUp = () => {
        gaveUp = true;
        clearTimeout(next);
        signalGroup(child, 'SIGTERM');
        next = setTimeout(kill, GRACE_MS);
      };
      next = setTimeout(giveUp, limitSeconds * 1000);
      const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) output[stream].push(chunk);
        else if (!gaveUp) giveUp();
      };
      child.stdout.on('data', collect('stdout'));
      child.stderr.on('data', collect('stderr'));
      child.on('error', (error) => {
        if (child.pid === undefined) finish({ ended: 'not-started', exitCode: null }, error.message);
      });
      child.on('exit', (exitCode) => {
        // Whatever it started and left behind must not go on writing once we have called it given up.
        if (gaveUp) signalGroup(child, 'SIGKILL');
        const ended = gaveUp ? 'timed-out' : exitCode === null ? 'killed' : 'exited';
        const drained = setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, DRAIN_MS);
        child.on('close', () => {
          clearTimeout(drained);
          finish({ ended, exitCode: ended === 'exited' ? exitCode : null });
        });
      });
    });
}

const start = (executable: string, args: string[], runId?: string) =>
  spawn(executable, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, LC_ALL: 'C', TERM: 'dumb', ...(runId !== undefined && { [RUN_ID_VARIABLE]: runId }) },
  });

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone already, or it is another user's and cannot be signalled: then the limit lets go of it.
  }
}
