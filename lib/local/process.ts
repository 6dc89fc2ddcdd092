import { createHmac } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Holder } from '../../lambdas/contracts/record.ts';

/** What Linux calls the processes of the machine itself; every container numbers its own from 1 and calls them something else. */
const MACHINE_NAMESPACE = 'pid:[4026531836]';

/** Within what a process number means something. */
interface Numbering {
  readonly boot: string;
  readonly namespace: string;
  /** The same after a reboot. Absent in a container: its image may have brought it along, and many run the same image. */
  readonly machine?: string;
}

/** @returns undefined where the system is not Linux, or does not let one see. */
function numbering(): Numbering | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    const machine = namespace === MACHINE_NAMESPACE ? machineId() : undefined;
    return { boot, namespace, ...(machine && { machine }) };
  } catch {
    return undefined;
  }
}

/** The id of the machine, disguised as its manual asks, because records travel. */
function machineId(): string | undefined {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim();
    return /^[0-9a-f]{32}$/.test(id) ? createHmac('sha256', 'syncshift').update(id).digest('hex').slice(0, 16) : undefined;
  } catch {
    return undefined;
  }
}

interface Seen {
  readonly isThere: boolean;
  /** When it began, in ticks since the boot. */
  readonly start?: string;
}

function look(pid: number): Seen {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes second, in parentheses, and may hold blanks and parentheses itself.
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = fields[18];
    // A zombie does nothing any more; it waits for its parent to ask how it ended.
    return { isThere: !/^[ZX]/.test(state), ...(start && { start }) };
  } catch {
    // It is gone, or there is no /proc, or one that hides what belongs to other users.
    return { isThere: isTaken(pid) };
  }
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // No permission to signal it means that it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** This process, described so that others can tell later whether it still lives. */
export function thisProcess(): Holder {
  const host = hostname();
  const within = numbering();
  const { start } = look(process.pid);
  const born = within && start && [start, within.boot, within.namespace, within.machine ?? ''].join(' ').trim();
  return { description: `process ${process.pid} on ${host}`, host, pid: process.pid, ...(born && { born }) };
}

/**
 * Whether a process lives. True only for the very same one, stopped or not; a later one that was given its number does not count.
 * @returns undefined when that cannot be known from here: it is on another host or in another container, also one of the same name, or
 *   nothing but its number is known, and some process has that.
 */
export function isAlive({ host, pid, born }: Holder): boolean | undefined {
  if (host !== hostname() || pid === undefined) return undefined;
  if (born === undefined) return look(pid).isThere ? undefined : false;
  const here = numbering();
  if (!here) return undefined;
  const [start, boot, namespace, machine] = born.split(' ');
  // Another boot of this machine took every process with it; another machine of the same name says nothing.
  if (boot !== here.boot) return machine !== undefined && machine === here.machine ? false : undefined;
  if (namespace !== here.namespace) return undefined;
  const seen = look(pid);
  if (!seen.isThere) return false;
  return seen.start === undefined ? undefined : seen.start === start;
}
