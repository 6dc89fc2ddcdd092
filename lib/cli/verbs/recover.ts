import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import { exitCodeOfReport } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine, Output } from '../output.ts';
import { diedHere, recoverChange } from '../recovery.ts';
import { renderReport } from '../render/report.ts';
import { withStore } from '../store.ts';

interface Entry {
  readonly changeId: string;
  readonly says: string;
  readonly report?: ChangeReport;
}

/** A recovery has done its work when nobody is needed: the outcome is that of the change, not of this command. */
const exitCodeOf = ({ report }: Entry): number => (report?.outcome === 'needs-operator' ? exitCodeOfReport(report) : 0);

async function recoverHere(changeId: string, config: string | undefined, output: Output): Promise<Entry[]> {
  const loaded = configurationFor(config);
  const died = changeId === '' ? await withStore('local', config, diedHere) : [{ changeId }];
  const entries: Entry[] = [];
  for (const { changeId: id } of died) entries.push({ changeId: id, ...(await recoverChange(loaded, id, output)) });
  return entries;
}

const renderEntry = ({ changeId, says, report }: Entry, output: Output): string =>
  report ? renderReport(report, output) : `change ${changeId}: nothing to recover, ${says}`;

/** Undoes changes whose process died: the one that is named, or every one of this machine. */
export const recover: Verb<{ engine: Engine }> = async (changeId, { config, engine }, output) => {
  if (engine === 'aws' && changeId === '') throw new UsageError('say which change to recover; deployed ones recover by themselves');
  const entries =
    engine === 'aws'
      ? [await (await import('../deployed.ts')).recoverDeployed(changeId, output)]
      : await recoverHere(changeId, config, output);
  output.result({ recovered: entries }, () =>
    entries.length === 0 ? 'no change was cut short' : entries.map((entry) => renderEntry(entry, output)).join('\n\n'),
  );
  return Math.max(0, ...entries.map(exitCodeOf));
};
