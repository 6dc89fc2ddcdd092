import type { ChangeRecord, TimelineEvent } from '../../../lambdas/contracts/record.ts';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { openStore } from '../../local/ports.ts';
import { configurationFor } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Output } from '../output.ts';
import { renderReport } from '../render/report.ts';

/** @throws UsageError when there is no such change. */
export async function requireRecord(store: ChangeStore, changeId: string): Promise<ChangeRecord> {
  const record = await store.get(changeId);
  if (!record) throw new UsageError(`no change ${JSON.stringify(changeId)} is on record here; "syncshift list" shows those that are`);
  return record;
}

function line(event: TimelineEvent): string {
  switch (event.type) {
    case 'step-started':
      return `${event.step}`;
    case 'step-ended':
      return event.error ? `  ended with ${event.error.name}: ${event.error.message}` : '  done';
    case 'write-claimed':
      return `  sends rladmin ${event.command}`;
    case 'command':
      return `  rladmin ${event.command} (exit code ${event.exitCode ?? 'none'})`;
    case 'sample':
      return `  sample: ${event.state}${event.problems.length > 0 ? `: ${event.problems.join('; ')}` : ''}`;
    case 'note':
      return `  ${event.text}`;
  }
}

/** Outputs of reads fill screens; the JSON form has them. What a write printed is short and matters. */
const shownOutput = (event: TimelineEvent): string[] =>
  event.type === 'command' && /^(bind|tune) /.test(event.command)
    ? event.output
        .trim()
        .split('\n')
        .map((text) => `${' '.repeat(28)}| ${text}`)
    : [];

function render({ changeId, request, report, timeline }: ChangeRecord, locked: boolean, output: Output): string {
  const asked = `asked by ${request.requestedBy ?? 'unknown'}${request.reason ? `: ${request.reason}` : ''}`;
  const ending = report ? renderReport(report, output) : `${changeId}: no end is recorded; it runs, or its process died`;
  const story = timeline.flatMap((event) => [`${event.at}  ${line(event)}`, ...shownOutput(event)]);
  return [ending, asked, locked ? 'holds the lock of its database' : 'holds no lock', '', ...story].join('\n');
}

export const show: Verb<object> = async (changeId, { config }, output) => {
  const store = openStore(configurationFor(config));
  try {
    const record = await requireRecord(store, changeId);
    const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
    output.result({ ...record, ...(lock && { lock }) }, () => render(record, lock !== undefined, output));
    return 0;
  } finally {
    store.close();
  }
};
