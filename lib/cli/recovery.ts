import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeRecord } from '../../lambdas/contracts/record.ts';
import type { Target } from '../../lambdas/contracts/request.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { Recovered } from '../local/engine.ts';
import { localPorts, openStore, storeFile } from '../local/ports.ts';
import { mayStillRun } from './holder.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';

/** As many as a list shows; older ones without an end are named one by one. */
const MOST = 1_000;

const lockOf = async (store: ChangeStore, changeId: string) => (await store.locks()).find((lock) => lock.changeId === changeId);

/** Changes of this machine without an end on record, whose process is dead. */
export async function cutShort(store: ChangeStore): Promise<ChangeRecord[]> {
  const open = (await store.list(MOST)).filter(({ endedAt }) => endedAt === undefined);
  const records = await Promise.all(open.map(({ changeId }) => store.get(changeId)));
  const locks = await store.locks();
  return records
    .filter((record) => record !== undefined)
    .filter(
      (record) =>
        !mayStillRun(
          record,
          locks.find(({ changeId }) => changeId === record.changeId),
        ),
    );
}

const howItDied = ({ holder }: Pick<ChangeRecord, 'holder'>): string => `its process is gone (${holder?.description ?? 'unknown'})`;

/**
 * Recovers a change of this machine and shows it.
 * @throws StepError `LockHeldError` when it may still be at work.
 */
export async function recoverChange(loaded: LoadedConfiguration, record: ChangeRecord, output: Output): Promise<Recovered> {
  const { changeId } = record;
  const { recoverLocally } = await import('../local/engine.ts');
  const progress = new Progress(output);
  const ports = localPorts({ loaded, keep: true, onEvent: progress.event });
  try {
    if (mayStillRun(record, await lockOf(ports.store, changeId)))
      throw new StepError(
        'LockHeldError',
        `change ${changeId} may still be at work (${record.holder?.description ?? 'unknown'}); to stop it: ${output.invocation(`cancel ${changeId}`)}`,
      );
    return await recoverLocally({ changeId, ports, why: howItDied(record), onWait: progress.waiting });
  } finally {
    progress.end();
    ports.store.close();
  }
}

/** A change that died under the lock of a database, if there is one. */
async function deadOwnerOf(loaded: LoadedConfiguration, { cluster, database }: Target): Promise<ChangeRecord | undefined> {
  if (!existsSync(storeFile(loaded))) return undefined;
  const store = openStore(loaded);
  try {
    const lock = (await store.locks()).find(
      (held) => held.cluster === cluster && [held.database, held.snapshot.database.name].includes(database),
    );
    const record = lock && (await store.get(lock.changeId));
    return record && !record.endedAt && !mayStillRun(record, lock) ? record : undefined;
  } finally {
    store.close();
  }
}

/** Says that a dead change holds the lock of a database, and recovers it if whoever sits at the terminal wants that. */
export async function offerRecovery(loaded: LoadedConfiguration, target: Target, output: Output): Promise<void> {
  const record = await deadOwnerOf(loaded, target);
  if (!record) return;
  output.notice(
    `change ${record.changeId} of ${target.cluster}/${target.database} was cut short, ${howItDied(record)}, and its lock stands; ` +
      `it is rolled back with: ${output.invocation(`recover ${record.changeId}`)}`,
  );
  if (!process.stdin.isTTY || !process.stderr.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Recover it now? [y/N] ').catch(() => '');
  terminal.close();
  if (/^y(es)?$/i.test(answer.trim())) await recoverChange(loaded, record, output);
}
