import { expect } from 'vitest';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import { type Lab, sent } from './lab.ts';

export interface Circumstances {
  /** The cluster itself moves endpoints of other databases, because a node went away. */
  readonly othersMayMove?: boolean;
  /** Something other than this change sets the mode as well, perhaps after the last reading. */
  readonly foreign?: boolean;
}

/** What must hold after every change, whatever went wrong in it. */
export async function expectSafe(
  lab: Lab,
  report: ChangeReport,
  { othersMayMove = false, foreign = false }: Circumstances = {},
): Promise<void> {
  const distributing = lab.writes.filter(({ argv }) => argv.at(-1) === 'distributed');
  expect(
    distributing.filter(({ provenMultiProxy }) => !provenMultiProxy),
    'distributed sent without proof',
  ).toEqual([]);
  expect(repeated(sent(lab)), 'writes sent twice').toEqual([]);
  expect(
    lab.writes.filter(({ argv }) => argv[2] !== `db:${lab.databaseId}`),
    'writes to other databases',
  ).toEqual([]);
  if (!othersMayMove) expect(lab.touchedOthers, 'other databases changed').toEqual([]);
  const lock = await lab.lock();
  if (report.outcome === 'needs-operator') expect(lock?.changeId).toBe(report.changeId);
  else expect(lock, 'a lock is left').toBeUndefined();
  if (['refused', 'rejected', 'expired', 'drifted', 'window-missed', 'planned', 'unchanged'].includes(report.outcome))
    expect(sent(lab)).toEqual([]);
  if (report.outcome === 'rolled-back') expect(report.after?.syncerMode).toBe('centralized');
  if (foreign) return;
  if (report.outcome === 'rolled-back') expect(lab.database.syncerMode).toBe('centralized');
  if (report.outcome === 'applied') expect(lab.database.syncerMode).toBe(report.after?.syncerMode);
}

/**
 * Writes that were sent more than once. Clearing the flag has two places of its own in one change: before a policy widens, and
 * when it is rolled back.
 */
function repeated(writes: string[]): string[] {
  const allowed = (write: string) => (write.endsWith('centralized') ? 2 : 1);
  return [...new Set(writes)].filter((write) => writes.filter((other) => other === write).length > allowed(write));
}
