import type { Gate } from '../../contracts/approval.ts';
import type { ChangeReport, ChangeSummary, Holder, Lock } from '../../contracts/record.ts';
import type { Row } from './change-file.ts';

export const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;

export const toLock = (row: Row): Lock => ({
  cluster: String(row.cluster),
  database: String(row.database),
  changeId: String(row.change_id),
  holder: json(row.holder),
  since: String(row.since),
  leaseUntil: String(row.lease_until),
  snapshot: json(row.snapshot),
});

export const toSummary = (row: Row): ChangeSummary => ({
  changeId: String(row.change_id),
  request: json(row.request),
  startedAt: String(row.started_at),
  ...(row.holder !== null && { holder: json<Holder>(row.holder) }),
  run: Number(row.run),
  ...(row.ended_at !== null && { endedAt: String(row.ended_at) }),
  ...(row.report !== null && { report: json<ChangeReport>(row.report) }),
});

/** The end of a change closes a gate that waits; what was decided stays to be seen. */
export function toGate(row: Row): Gate | undefined {
  if (row.gate === null) return undefined;
  const gate = json<Gate>(row.gate);
  return row.ended_at !== null && gate.status === 'waiting' ? { ...gate, status: 'closed' } : gate;
}
