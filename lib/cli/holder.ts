import { hostname } from 'node:os';
import type { ChangeRecord, Lock } from '../../lambdas/contracts/record.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // No permission to signal it means that it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * A change that has not ended, within its lease, whose process is there. A number may have gone to another process since, so past the
 * lease, which is longer than any step or wait, nobody is believed to be at work.
 */
export function mayStillRun({ endedAt }: Pick<ChangeRecord, 'endedAt'>, { holder, leaseUntil }: Lock): boolean {
  if (endedAt || Date.parse(leaseUntil) <= Date.now()) return false;
  const isLocal = holder.host === hostname() && holder.pid !== undefined;
  return !isLocal || (holder.pid !== process.pid && isAlive(holder.pid));
}
