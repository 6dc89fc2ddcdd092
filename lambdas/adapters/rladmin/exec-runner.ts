import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandResult, Runner } from './runner.ts';

/** Far beyond any status output; a program that prints more is not rladmin. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How long a process that was told to end may take before it is killed. */
const GRACE_MS = 2_000;
/** How long to wait for the rest of the output once the process itself has ended, in case a child of it keeps the pipe open. */
const DRAIN_MS = 500;

/**
 * Runs rladmin as a local process: no shell, closed stdin, a process group of its own so that a Ctrl-C meant for us does not
 * reach a command that is half-way through.
 * @param program - the executable and any arguments that come before rladmin's own.
 */
export function execRunner(program: readonly [string, ...string[]]): Runner {
  const [executable, ...leading] = program;
  return (command, limitSeconds) =>
    new Promise<CommandResult>((resolve) => {
      const child = spawn(executable, [...leading, ...command], {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: { ...process.env, LC_ALL: 'C', TERM: 'dumb' },
      });
      const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      let bytes = 0;
      let gaveUp = false;
      let killer: NodeJS.Timeout | undefined;
      const giveUp = () => {
        gaveUp = true;
        signalGroup(child, 'SIGTERM');
        killer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
      };
      const limit = setTimeout(giveUp, limitSeconds * 1000);
      const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) output[stream].push(chunk);
        else if (!gaveUp) giveUp();
      };
      const finish = (result: Pick<CommandResult, 'ended' | 'exitCode'>, problem = '') => {
        clearTimeout(limit);
        clearTimeout(killer);
        const [stdout, stderr] = [Buffer.concat(output.stdout).toString('utf8'), Buffer.concat(output.stderr).toString('utf8')];
        resolve({ ...result, stdout, stderr: stderr + problem });
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

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
