import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface ScriptResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface RunningScript {
  readonly ended: Promise<ScriptResult>;
  /** Kills the shell and everything it started. */
  kill(): void;
}

/** As on a node: no login shell, so nothing of the product in the path, and nothing of the caller's environment either. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const KILLED = 137;

/** Runs a script with `/bin/sh`, without input, in a process group of its own. */
export function runScript(script: string, environment: Record<string, string>): RunningScript {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, ...environment } });
  return { ended: resultOf(child), kill: () => killGroup(child) };
}

async function resultOf(child: ChildProcess): Promise<ScriptResult> {
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { stdout, stderr, exitCode: exitCode ?? KILLED };
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself just now.
  }
}
