import { hostname } from 'node:os';
import { StepError } from '../../../lambdas/contracts/errors.ts';
import type { ChangeRecord, Lock } from '../../../lambdas/contracts/record.ts';
import { openStore } from '../../local/ports.ts';
import { currentUser } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import { requireRecord } from './show.ts';

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
function mayStillRun({ endedAt }: ChangeRecord, { holder, leaseUntil }: Lock): boolean {
  if (endedAt || Date.parse(leaseUntil) <= Date.now()) return false;
  const isLocal = holder.host === hostname() && holder.pid !== undefined;
  return !isLocal || (holder.pid !== process.pid && isAlive(holder.pid));
}

export const clear: Verb<object> = async (changeId, { config }, output) => {
  const store = openStore(configurationFor(config));
  try {
    const record = await requireRecord(store, changeId);
    const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
    if (!lock) throw new UsageError(`change ${changeId} holds no lock`);
    if (mayStillRun(record, lock))
      throw new StepError(
        'LockHeldError',
        `change ${changeId} may still be running (${lock.holder.description}, since ${lock.since}); stop it first. Its lease runs until ${lock.leaseUntil}`,
      );
    await store.clear(changeId, currentUser());
    output.result(
      { changeId, cleared: true, lock },
      () => `lock of ${lock.cluster}/${lock.database} released; it was held by ${changeId} since ${lock.since}`,
    );
    return 0;
  } finally {
    store.close();
  }
};
