import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import type { EarlierWrite } from '../../ports/cluster.ts';
import { RUN_ID_VARIABLE } from './exec-runner.ts';
import type { Runner } from './runner.ts';

/** Pause between two looks at the processes of this machine. */
const PAUSE_SECONDS = 0.2;

/**
 * Looks for the process of a write whose sender died, among the processes that /proc shows, and waits for it to end. It never ends one:
 * a write that is stopped half-way leaves what nobody asked for.
 * @returns a recall that answers with `stillRuns` when the write outlasts its limit; undefined when there is no such process (any more),
 *   because its answer went to the one who died, and where there is no /proc.
 */
export const recallWith =
  (clock: Clock): Runner['recall'] =>
  async (write) => {
    const deadline = clock.now().getTime() + write.limitSeconds * 1000;
    for (;;) {
      const left = await processesOf(write);
      if (left.length === 0) return undefined;
      if (clock.now().getTime() >= deadline) {
        const stderr = `still running after ${write.limitSeconds} s as process ${left.join(', ')}`;
        return { ended: 'timed-out', exitCode: null, stillRuns: true, stdout: '', stderr };
      }
      await clock.sleep(PAUSE_SECONDS);
    }
  };

/** Numbers of its processes. They are looked at one after another, because there may be more of them than files we may open at once. */
async function processesOf(write: EarlierWrite): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc').catch(() => []))
    if (/^\d+$/.test(entry) && entry !== String(process.pid) && (await belongsTo(entry, write))) found.push(entry);
  return found;
}

/**
 * The mark decides where there is one. A process may have lost it, or hide it: sudo hands no environment on, and belongs to another user.
 * Its arguments can be seen all the same, and the command stands at their end. Whoever else sent the same command is worth waiting for too.
 */
async function belongsTo(pid: string, { runId, command }: EarlierWrite): Promise<boolean> {
  const mark = (await listIn(pid, 'environ')).find((variable) => variable.startsWith(`${RUN_ID_VARIABLE}=`));
  if (mark !== undefined) return mark === `${RUN_ID_VARIABLE}=${runId}`;
  if (command === undefined) return false;
  const words = command.split(' ');
  return (await listIn(pid, 'cmdline')).slice(-words.length).join(' ') === command;
}

/** One that has ended, is a zombie or another user's has nothing to show. */
async function listIn(pid: string, file: 'environ' | 'cmdline'): Promise<string[]> {
  const content = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  return content.replace(/\0$/, '').split('\0');
}
