import type { ApprovalRequest, Decision } from './approval.ts';
import { StepError } from './errors.ts';
import type { DatabaseFacts } from './facts.ts';
import type { LagBaseline, ReplicationHealth } from './health.ts';
import type { Outcome } from './outcomes.ts';
import type { Finding, Plan } from './plan.ts';
import type { FullChangeRequest } from './request.ts';
import type { WindowLook } from './window.ts';
import type { EndpointId, SyncerMode } from './words.ts';

/** One line of a change's timeline. `at` is ISO 8601. */
export type TimelineEvent = { readonly at: string } & (
  | { readonly type: 'step-started'; readonly step: string }
  | { readonly type: 'step-ended'; readonly step: string; readonly error?: ReportedError }
  | { readonly type: 'command'; readonly step: string; readonly command: string; readonly exitCode: number | null; readonly output: string }
  | {
      readonly type: 'sample';
      readonly step: string;
      readonly state: string;
      readonly problems: string[];
      readonly lagMs?: number | undefined;
    }
  | ({ readonly type: 'finding'; readonly step: string } & Finding)
  | { readonly type: 'health'; readonly step: string; readonly health: ReplicationHealth; readonly baseline?: LagBaseline }
  | { readonly type: 'write-claimed'; readonly step: string; readonly command: string }
  | { readonly type: 'write-not-sent'; readonly step: string; readonly command: string }
  /** Nothing of the write is under way any more, whatever it did. */
  | { readonly type: 'write-answered'; readonly step: string; readonly command: string }
  | { readonly type: 'plan'; readonly step: string; readonly plan: Plan; readonly before: ReportedState }
  | { readonly type: 'approval-requested'; readonly step: string; readonly request: ApprovalRequest }
  /** With `refused`, why it does not count. */
  | ({ readonly type: 'decision'; readonly refused?: string } & Omit<Decision, 'at'>)
  | { readonly type: 'window'; readonly step: string; readonly look: WindowLook }
  | { readonly type: 'cancel-requested'; readonly by: string; readonly via: string; readonly reason?: string }
  /** Another run goes on with the change; those before it can write no longer. */
  | { readonly type: 'taken-over'; readonly run: number; readonly holder: string; readonly why: string }
  | { readonly type: 'note'; readonly text: string }
);

/** An event without its moment, which the store's clock gives it. */
export type NewTimelineEvent = TimelineEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'at'> : never) : never;

export interface ReportedError {
  readonly name: string;
  readonly message: string;
}

/** A database before or after a change, as it is reported. */
export interface ReportedState {
  readonly syncerMode: SyncerMode;
  readonly effectiveMode: SyncerMode;
  readonly class: string;
  readonly endpoints: { readonly id: EndpointId; readonly policy: string; readonly nodes: number[] }[];
}

export interface ReportedStep {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly result: 'succeeded' | 'failed';
}

/** The result of a change: what `plan` and `apply` print with `--json`. */
export interface ChangeReport {
  readonly changeId: string;
  readonly outcome: Outcome;
  readonly target: { readonly cluster: string; readonly database: string; readonly id?: string };
  readonly before?: ReportedState;
  readonly after?: ReportedState;
  readonly health?: 'verified' | 'unverified';
  readonly plan?: Omit<Plan, 'needed' | 'holdCentralized'>;
  readonly steps: ReportedStep[];
  readonly error?: ReportedError;
}

/** Who runs a change, so that a lock can be traced to its holder. */
export interface Holder {
  /** Name of the execution, or `process <pid> on <host>`. */
  readonly description: string;
  readonly host: string;
  readonly pid?: number;
  /** Tells the process from a later one that was given the same number, where the system lets one see that. */
  readonly born?: string;
}

export interface Lock {
  readonly cluster: string;
  readonly database: string;
  readonly changeId: string;
  readonly holder: Holder;
  readonly since: string;
  /** Until when the holder vouches for itself. Past it the holder is presumed dead; the lock still stands. */
  readonly leaseUntil: string;
  /** The database as it was found under the lock: what a rollback goes back to. */
  readonly snapshot: DatabaseFacts;
}

/** The refusal that a standing lock gives to every other change. */
export const lockHeld = ({ changeId, holder, since, leaseUntil, database, cluster }: Lock): StepError =>
  new StepError(
    'LockHeldError',
    `${cluster}/${database} is locked by change ${changeId} (${holder.description}) since ${since}, its lease runs until ${leaseUntil}`,
  );

/** The refusal of a change that does not hold its lock. */
export const lockLost = (changeId: string): StepError =>
  new StepError('LockLostError', `${changeId} no longer holds the lock of its database`);

/**
 * The refusal of a run that may not go on with its change.
 * @param now - how the change is on record, if it is.
 * @returns undefined for a run that may go on.
 */
export function runLost(changeId: string, run: number, now?: { readonly ended: boolean; readonly run: number }): StepError | undefined {
  if (now?.ended) return new StepError('LockLostError', `${changeId} has ended: it can take or renew no lock and claim no write`);
  const latest = now?.run ?? 0;
  if (run !== latest) return new StepError('LockLostError', `run ${run} of ${changeId} may not go on: its latest run is ${latest}`);
  return undefined;
}

export interface ChangeSummary {
  readonly changeId: string;
  readonly request: FullChangeRequest;
  readonly startedAt: string;
  /** Who runs it now. Absent in records of older versions. */
  readonly holder?: Holder;
  /** 0 for the run that began it, one more each time that another one took it over. */
  readonly run: number;
  /** Absent while the change runs. */
  readonly endedAt?: string;
  readonly report?: ChangeReport;
}

export interface ChangeRecord extends ChangeSummary {
  readonly timeline: TimelineEvent[];
}
