import type { GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { momentsOf } from '../../lambdas/contracts/local-time.ts';
import { localTimeOf, rateMs } from '../../lambdas/contracts/schedule-expression.ts';
import { isConfigured } from '../../lambdas/contracts/schedules.ts';
import { parsedJson, partOf } from './json.ts';

/** A schedule as it stands in AWS. */
export interface ListedSchedule {
  readonly name: string;
  /** `at(…)`, `cron(…)` or `rate(…)`. */
  readonly when: string;
  readonly timeZone: string;
  /** ISO 8601; absent where only AWS works it out. */
  readonly next?: string;
  /** Absent when what it hands over is no request. */
  readonly target?: { readonly cluster: string; readonly database: string };
  readonly to?: string;
  readonly state: string;
  readonly isConfigured: boolean;
  readonly description?: string;
}

/** The first of the moments that a time stands for; undefined for a zone that is not known here. */
function momentOf(local: string, timeZone: string): Date | undefined {
  try {
    return momentsOf(local, timeZone)[0];
  } catch {
    return undefined;
  }
}

function nextOf({ State, StartDate, ScheduleExpressionTimezone }: GetScheduleCommandOutput, when: string, now: Date): Date | undefined {
  if (State !== 'ENABLED') return undefined;
  const local = localTimeOf(when);
  const interval = rateMs(when);
  if (local !== undefined) {
    const moment = momentOf(local, ScheduleExpressionTimezone ?? 'UTC');
    return moment && moment > now ? moment : undefined;
  }
  if (interval === undefined || !StartDate) return undefined;
  const begun = Math.max(0, Math.floor((now.getTime() - StartDate.getTime()) / interval) + 1);
  return new Date(StartDate.getTime() + begun * interval);
}

/** Reads what stands in AWS, of which somebody may have made anything. */
export function listed(name: string, found: GetScheduleCommandOutput, now: Date): ListedSchedule {
  const when = found.ScheduleExpression ?? '';
  const next = nextOf(found, when, now);
  const request = parsedJson(found.Target?.Input);
  const [cluster, database, to] = [
    partOf(request, 'target', 'cluster'),
    partOf(request, 'target', 'database'),
    partOf(request, 'wanted', 'syncerMode'),
  ];
  return {
    name,
    when,
    timeZone: found.ScheduleExpressionTimezone ?? 'UTC',
    ...(next && { next: next.toISOString() }),
    ...(typeof cluster === 'string' && typeof database === 'string' && { target: { cluster, database } }),
    ...(typeof to === 'string' && { to }),
    state: found.State ?? 'unknown',
    isConfigured: isConfigured(name),
    ...(found.Description && { description: found.Description }),
  };
}
