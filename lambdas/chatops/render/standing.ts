import type { Gate } from '../../contracts/approval.ts';
import type { ChangeRecord } from '../../contracts/record.ts';
import { approvalsMissing } from '../../domain/approval.ts';
import { ROLLBACK_STEPS } from '../../domain/figures.ts';
import { endOf, type Standing } from './outcome.ts';
import { moment } from './text.ts';

export const STARTING: Standing = { sign: ':hourglass_flowing_sand:', says: 'starting' };
const RUNNING: Standing = { sign: ':gear:', says: 'running' };
const ROLLING_BACK: Standing = { sign: ':leftwards_arrow_with_hook:', says: 'rolling back' };
const STOPPING: Standing = { sign: ':octagonal_sign:', says: 'asked to stop' };

/** Steps that look, ask or conclude: while nothing else has begun, what they wait for or found says more. */
const TOUCH_NOTHING: ReadonlySet<string> = new Set([
  'Inspect status',
  'Approval gate',
  'Change window',
  'Recover change',
  'Complete change',
]);

function atGate({ status, request, ...gate }: Gate): Standing | undefined {
  const given = request.approvals - approvalsMissing({ status, request, ...gate });
  const count = request.approvals > 1 ? ` (${given} of ${request.approvals})` : '';
  const standings: Partial<Record<Gate['status'], Standing>> = {
    waiting: { sign: ':hourglass:', says: `waits for approval${count}` },
    approved: { sign: ':thumbsup:', says: 'approved' },
    rejected: { sign: ':x:', says: 'rejected' },
  };
  return standings[status];
}

/** How a change stands by its record and its gate. @param locked - whether it holds its lock. */
export function standingOf({ report, timeline }: ChangeRecord, gate: Gate | undefined, locked: boolean): Standing {
  if (report) return endOf(report, locked);
  const begun = timeline.filter((event) => event.type === 'step-started').map(({ step }) => step);
  if (begun.some((step) => ROLLBACK_STEPS.has(step))) return ROLLING_BACK;
  if (timeline.some(({ type }) => type === 'cancel-requested')) return STOPPING;
  if (begun.some((step) => !TOUCH_NOTHING.has(step))) return RUNNING;
  const look = timeline.findLast((event) => event.type === 'window')?.look;
  if (look?.verdict === 'wait' && look.until) return { sign: ':calendar:', says: `waits for its window until ${moment(look.until)}` };
  return (gate && atGate(gate)) ?? STARTING;
}
