import { StepError } from '../../../lambdas/contracts/errors.ts';
import type { ChangeRecord, Lock } from '../../../lambdas/contracts/record.ts';
import { UsageError } from '../errors.ts';
import { mayStillRun } from '../holder.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { currentUser } from '../person.ts';
import { withStore } from '../store.ts';
import { requireRecord } from './show.ts';

/** Why a change may still be at work, if it may. */
async function stillAtWork(record: ChangeRecord, lock: Lock, engine: Engine): Promise<string | undefined> {
  const { holder, since, leaseUntil } = lock;
  if (engine === 'local')
    return mayStillRun(record, lock) ? `${holder.description}, since ${since}; its lease runs until ${leaseUntil}` : undefined;
  const { withDeployedWorkflow } = await import('../../deployed/client.ts');
  return withDeployedWorkflow(async (workflow) => (await workflow.stillAtWork(record.changeId, leaseUntil))?.says);
}

export const clear: Verb<{ engine: Engine }> = (changeId, { config, engine }, output) =>
  withStore(engine, config, async (store) => {
    const record = await requireRecord(store, changeId, output);
    const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
    if (!lock) throw new UsageError(`change ${changeId} holds no lock`);
    const why = await stillAtWork(record, lock, engine);
    if (why) throw new StepError('LockHeldError', `change ${changeId} may still be running (${why}); its lock stands until it has ended`);
    if (!record.report)
      throw new StepError(
        'LockHeldError',
        `change ${changeId} was cut short, and what it wrote is not undone; first: ${output.invocation(`recover ${changeId}`)}`,
      );
    await store.clear(changeId, currentUser());
    output.result(
      { changeId, cleared: true, lock },
      () => `lock of ${lock.cluster}/${lock.database} released; it was held by ${changeId} since ${lock.since}`,
    );
    return 0;
  });
