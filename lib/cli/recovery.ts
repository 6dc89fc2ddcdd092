import { existsSync } from 'node:fs';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeRecord } from '../../lambdas/contracts/record.ts';
import type { Target } from '../../lambdas/contracts/request.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { Recovered } from '../local/engine.ts';
import { localPorts, openStore, storeFile } from '../local/ports.ts';
import { confirm } from './confirm.ts';
import { mayStillRun } from './holder.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { renderReport } from './render/report.ts';
import { onSignals } from './signals.ts';
import { requireRecord } from './verbs/show.ts';

/** As many as a list shows; older ones without an end are named one by one. */
const MOST = 1_000;

const lockOf = async (store: ChangeStore, changeId: string) => (await store.locks()).find((lock) => lock.changeId === changeId);

/** Changes of this machine without an end on record, whose process is dead. */
export async function diedHere(store: ChangeStore): Promise<ChangeRecord[]> {
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
 * Recovers a change of this machine and shows it. A signal does not end it: half a rollback is worse than a late one.
 * @throws StepError `LockHeldError` when it may still be at work.
 */
export async function recoverChange(loaded: LoadedConfiguration, changeId: string, output: Output): Promise<Recovered> {
  const { recoverLocally } = await import('../local/engine.ts');
  const progress = new Progress(output);
  const ports = localPorts({ loaded, keep: true, onEvent: progress.event });
  const release = onSignals((name) => progress.say(`${name}: the recovery is left to finish`));
  try {
    // Judged now: somebody may have taken it over since it was listed.
    const record = await requireRecord(ports.store, changeId, output);
    if (record.report) return { says: `it has ended: ${record.report.outcome}` };
    if (mayStillRun(record, await lockOf(ports.store, changeId)))
      throw new StepError(
        'LockHeldError',
        `change ${changeId} may still be at work (${record.holder?.description ?? 'unknown'}); to stop it: ${output.invocation(`cancel ${changeId}`)}`,
      );
    return await recoverLocally({ changeId, ports, deadRun: record.run, why: howItDied(record), onWait: progress.waiting });
  } finally {
    release();
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

/**
 * Says that a dead change holds the lock of a database, and recovers it if whoever sits at the terminal wants that.
 * @throws StepError `LockHeldError` when the recovery left the database to an operator: its lock stands.
 */
export async function offerRecovery(loaded: LoadedConfiguration, target: Target, output: Output): Promise<void> {
  const record = await deadOwnerOf(loaded, target);
  if (!record) return;
  const { changeId } = record;
  output.notice(
    `change ${changeId} of ${target.cluster}/${target.database} was cut short, ${howItDied(record)}, and its lock stands; ` +
      `it is rolled back with: ${output.invocation(`recover ${changeId}`)}`,
  );
  if (!process.stdin.isTTY || !process.stderr.isTTY || !(await confirm('Recover it now? [y/N] '))) return;
  const { report } = await recoverChange(loaded, changeId, output);
  if (report) output.notice(renderReport(report, output));
  if (report?.outcome === 'needs-operator')
    throw new StepError('LockHeldError', `change ${changeId} needs an operator, and its lock stands`);
}
