import { setTimeout } from 'node:timers/promises';
import { exitCodeOf } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeRecord, ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { NotFollowedError } from './errors.ts';
import { mayStillRun } from './holder.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { interruptible } from './signals.ts';
import { withStore } from './store.ts';
import { requireRecord } from './verbs/show.ts';

const INTERVAL_MS = 300;
/** How a change was left by its process, in words and as the exit code of the outcome that comes closest. */
interface Left {
  readonly says: string;
  readonly exitCode: number;
}

const notWritten = exitCodeOf('refused');
const notProven = exitCodeOf('needs-operator');

/** @returns undefined while there is a process that may go on with it. */
async function leftBehind(store: ChangeStore, record: ChangeRecord, output: Output): Promise<Left | undefined> {
  const { changeId, holder } = record;
  const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
  if (mayStillRun(record, lock)) return undefined;
  const gone = `its process is gone (${holder?.description ?? 'unknown'})`;
  const recover = output.invocation(`recover ${changeId}`);
  if (lock) return { says: `${gone} and its lock stands; roll it back with: ${recover}`, exitCode: notProven };
  if ((await store.claimedWrites(changeId)).length > 0)
    return { says: `it no longer holds its lock; its story: ${output.invocation(`show ${changeId}`)}`, exitCode: notProven };
  return { says: `${gone}; it holds no lock and nothing was written; put that on record with: ${recover}`, exitCode: notWritten };
}

/**
 * Shows a change of this machine, step by step, until it has ended.
 * @throws UsageError when there is no such change; NotFollowedError when its process is gone, or somebody stopped the watching.
 */
export function watchLocal(changeId: string, config: string | undefined, output: Output): Promise<ChangeReport> {
  return withStore('local', config, async (store) => {
    // Somebody who comes after the end wants the result; the story is on record.
    const { report } = await requireRecord(store, changeId, output);
    if (report) return report;
    const progress = new Progress(output);
    const interruption = interruptible();
    try {
      return await watching(store, changeId, output, progress, interruption.stop);
    } catch (error) {
      const came = interruption.came();
      if (!came) throw error;
      throw new NotFollowedError(
        `${came.name}: no longer watching change ${changeId}, which goes on; watch it with: ${output.invocation(`watch ${changeId}`)}`,
        came.exitCode,
      );
    } finally {
      progress.end();
      interruption.release();
    }
  });
}

async function watching(
  store: ChangeStore,
  changeId: string,
  output: Output,
  progress: Progress,
  stop: AbortSignal,
): Promise<ChangeReport> {
  for (let seen = 0; ; ) {
    const record = await requireRecord(store, changeId, output);
    const left = record.report ? undefined : await leftBehind(store, record, output);
    // Read once more: it may have ended between the two looks.
    const latest = left ? await requireRecord(store, changeId, output) : record;
    for (const event of latest.timeline.slice(seen)) progress.event(changeId, event);
    seen = latest.timeline.length;
    if (latest.report) return latest.report;
    if (left) throw new NotFollowedError(`change ${changeId} has no end on record: ${left.says}`, left.exitCode);
    await setTimeout(INTERVAL_MS, undefined, { signal: stop });
  }
}
