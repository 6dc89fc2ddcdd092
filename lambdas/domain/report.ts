import type { ChangeState } from '../contracts/change-state.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { ChangeReport, ReportedState, ReportedStep, TimelineEvent } from '../contracts/record.ts';
import type { Target } from '../contracts/request.ts';
import { classify, effectiveMode } from './classify.ts';
import { isHealthy } from './health.ts';
import { endingOf } from './outcome.ts';

export const reportedState = (facts: DatabaseFacts): ReportedState => ({
  syncerMode: facts.syncerMode,
  effectiveMode: effectiveMode(facts),
  class: classify(facts),
  endpoints: facts.endpoints.map(({ id, policy, nodes }) => ({ id, policy, nodes })),
});

/** The steps of a timeline; a step that was repeated appears once for each attempt. */
export function reportedSteps(timeline: readonly TimelineEvent[]): ReportedStep[] {
  const started = new Map<string, string>();
  const steps: ReportedStep[] = [];
  for (const event of timeline) {
    if (event.type === 'step-started') started.set(event.step, event.at);
    if (event.type === 'step-ended')
      steps.push({
        name: event.step,
        startedAt: started.get(event.step) ?? event.at,
        endedAt: event.at,
        result: event.error ? 'failed' : 'succeeded',
      });
  }
  return steps;
}

/** Verified only where replication was watched, and works. */
function healthOf({ verification }: ChangeState): 'verified' | 'unverified' {
  return verification?.health && isHealthy(verification.health) ? 'verified' : 'unverified';
}

type Claimed = Extract<TimelineEvent, { type: 'write-claimed' }>;

/** Claimed writes that may have been sent: all but those that provably never left. */
function claimedWrites(timeline: readonly TimelineEvent[]): Claimed[] {
  const neverLeft = ({ step, command }: Claimed) =>
    timeline.some((event) => event.type === 'write-not-sent' && event.step === step && event.command === command);
  return timeline.filter((event): event is Claimed => event.type === 'write-claimed').filter((claimed) => !neverLeft(claimed));
}

/**
 * The latest reading, when it lies after the last write: what the database is known to be like now. Absent when nothing was written
 * or when nothing could be read since; an older reading would pass for the present.
 */
function latestFacts(change: ChangeState, timeline: readonly TimelineEvent[]): DatabaseFacts | undefined {
  const lastWrite = claimedWrites(timeline).at(-1);
  const readings = [
    change.held,
    change.policy,
    change.syncer,
    change.verification,
    change.restored,
    change.restoredVerification,
    change.restoredPolicy,
  ]
    .map((step) => step?.facts)
    .filter((facts) => facts !== undefined);
  const latest = readings.sort((a, b) => Date.parse(a.readAt) - Date.parse(b.readAt)).at(-1);
  return lastWrite && latest && Date.parse(latest.readAt) >= Date.parse(lastWrite.at) ? latest : undefined;
}

/** The result of a change as it is recorded and printed. */
export function reportOf(changeId: string, target: Target, change: ChangeState, timeline: readonly TimelineEvent[]): ChangeReport {
  const ending = endingOf(change, claimedWrites(timeline).length);
  const before = change.begun?.facts ?? change.before;
  const after = ending.outcome === 'unchanged' ? change.before : latestFacts(change, timeline);
  const id = before?.database.id;
  const { needed: _needed, holdCentralized: _hold, ...plan } = change.plan ?? {};
  return {
    changeId,
    outcome: ending.outcome,
    target: { cluster: target.cluster, database: before?.database.name ?? target.database, ...(id && { id }) },
    ...(before && { before: reportedState(before) }),
    ...(after && { after: reportedState(after) }),
    ...(ending.outcome === 'applied' && { health: healthOf(change) }),
    ...('hash' in plan && { plan }),
    steps: reportedSteps(timeline),
    ...(ending.error && { error: ending.error }),
  };
}
