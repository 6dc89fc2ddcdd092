import { OUTCOMES } from '../../contracts/outcomes.ts';
import type { ChangeReport, ReportedError } from '../../contracts/record.ts';
import { say } from './phrase.ts';
import { type About, because, type EventOf, type Story, syncshift } from './story.ts';

/** States of the workflow whose beginning is news. */
export const NEWS_STATES = { begin: 'Begin change', rollBack: 'Restore centralized' } as const;

/** The error of the step that ended last before another one started, if it failed. Several things may happen at one moment. */
function errorBefore({ at, step }: EventOf<'step-started'>, timeline: About['timeline']): ReportedError | undefined {
  const start = timeline.findIndex((event) => event.type === 'step-started' && event.step === step && event.at === at);
  const last = timeline.slice(0, Math.max(0, start)).findLast((event) => event.type === 'step-ended');
  return last?.error;
}

export function stepStarted(event: EventOf<'step-started'>, { request, timeline }: About): Story | undefined {
  if (event.step === NEWS_STATES.begin)
    return {
      eventType: 'syncshift.change-begun',
      which: '',
      headline: 'begins',
      lines: [say`The lock is taken, and the database is changed to ${request.wanted.syncerMode} if it is still as it was planned for`],
    };
  if (event.step !== NEWS_STATES.rollBack) return undefined;
  const error = errorBefore(event, timeline);
  return {
    eventType: 'syncshift.rollback-begun',
    which: '',
    headline: 'rolls back',
    lines: [say`Centralized is restored and proven`, ...(error ? [say`${error.name}: ${error.message}`] : [])],
    ...(error && { facts: { error: error.name } }),
  };
}

export const stopRequested = ({ by, reason }: EventOf<'cancel-requested'>): Story => ({
  eventType: 'syncshift.stop-requested',
  which: '',
  headline: 'asked to stop',
  lines: [say`${by} asks this change to stop; what it wrote is rolled back first`, ...because(reason)],
});

export const takenOver = ({ run, holder, why }: EventOf<'taken-over'>): Story => ({
  eventType: 'syncshift.taken-over',
  which: String(run),
  headline: 'taken over by a recovery',
  lines: [say`${holder} goes on with this change, to undo what it wrote`, say`why: ${why}`],
  facts: { run: String(run) },
});

export function ended(report: ChangeReport, { changeId }: About): Story {
  const { outcome, error, health, before, after } = report;
  const hasFailed = 'executionError' in OUTCOMES[outcome];
  return {
    eventType: 'syncshift.change-ended',
    which: '',
    headline: outcome,
    lines: [
      say`${OUTCOMES[outcome].meaning}`,
      ...(error ? [say`${error.name}: ${error.message}`] : []),
      ...(before && after ? [say`in effect: ${before.effectiveMode} before, ${after.effectiveMode} now`] : []),
      ...(health ? [say`replication health: ${health}`] : []),
    ],
    nextSteps: hasFailed ? [say`Its story: ${syncshift(`show ${changeId}`)}`] : [],
    ...(hasFailed && { runbook: outcome }),
    facts: { outcome, ...(error && { error: error.name }), ...(health && { health }) },
  };
}
