import { setTimeout } from 'node:timers/promises';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import { NotFollowedError, UsageError } from '../errors.ts';
import type { Output } from '../output.ts';
import { interruptible } from '../signals.ts';
import { RolloutWatch, type Watched } from './watch.ts';

/** Looking takes at most this part of the time, however many targets there are. */
const SHARE_OF_LOOKING = 0.1;

/** Ends early, and without an error, when it is told to stop. */
export const pause = (ms: number, stop: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal: stop }).catch(() => undefined);

/** Looks once and says how long to wait before the next time, in milliseconds. */
export async function timed<T>(everyMs: number, look: () => Promise<T>): Promise<{ readonly result: T; readonly pauseMs: number }> {
  const before = performance.now();
  const result = await look();
  return { result, pauseMs: Math.max(everyMs, (performance.now() - before) / SHARE_OF_LOOKING) };
}

export interface Following extends Watched {
  /** Least pause between two looks, in milliseconds. */
  readonly everyMs: number;
  /** Why nobody goes on with it, and the exit code that says so; undefined while somebody may. */
  readonly whyLeft: (record: RolloutRecord) => Promise<{ readonly says: string; readonly exitCode: number } | undefined>;
  /** It was started a moment ago, and may not be on record yet. */
  readonly isNew?: boolean;
  /** Looks once, with the patience that is due. @default without any */
  readonly look?: (watch: RolloutWatch) => Promise<RolloutRecord | undefined>;
}

export const requireRollout = (rolloutId: string, record: RolloutRecord | undefined, output: Output): RolloutRecord => {
  const elsewhere = output.engine === 'local' ? '; for a deployed one say --engine aws' : '';
  if (record) return record;
  throw new UsageError(
    `no rollout ${JSON.stringify(rolloutId)} is on record here; "${output.invocation('rollout list')}" shows those that are${elsewhere}`,
  );
};

/** How long a rollout that was started may take to come on record. */
const APPEARS_WITHIN_MS = 120_000;

async function following(asked: Following, watch: RolloutWatch, stop: AbortSignal): Promise<RolloutRecord> {
  const { rolloutId, output, everyMs, whyLeft, isNew = false, look = (watched: RolloutWatch) => watched.look() } = asked;
  const since = Date.now();
  for (;;) {
    const { result: record, pauseMs } = await timed(everyMs, () => look(watch));
    if (record && record.status !== 'running') return record;
    if (!record && !(isNew && Date.now() - since < APPEARS_WITHIN_MS)) return requireRollout(rolloutId, record, output);
    const left = record && (await whyLeft(record));
    // Read once more: it may have ended between the two looks.
    const latest = left && (await look(watch));
    if (left && latest?.status === 'running')
      throw new NotFollowedError(`rollout ${rolloutId} has no end on record: ${left.says}`, left.exitCode);
    await pause(left ? 0 : pauseMs, stop);
    stop.throwIfAborted();
  }
}

/**
 * Shows a rollout that others run, until it has ended or is paused. Stopping the following stops nothing else.
 * @throws UsageError when there is no such rollout; NotFollowedError when nobody goes on with it, or somebody stopped the following.
 */
export async function followRollout(asked: Following): Promise<RolloutRecord> {
  const { rolloutId, output, isNew = false } = asked;
  const watch = new RolloutWatch(asked, { fromStart: isNew });
  const interruption = interruptible();
  try {
    return await following(asked, watch, interruption.stop);
  } catch (error) {
    const came = interruption.came();
    if (!came) throw error;
    throw new NotFollowedError(
      `${came.name}: no longer watching rollout ${rolloutId}, which goes on; watch it with: ${output.invocation(`rollout watch ${rolloutId}`)}`,
      came.exitCode,
    );
  } finally {
    watch.end();
    interruption.release();
  }
}
