import type { Decision } from './approval.ts';
import type { HealthBefore } from './health.ts';
import type { Finding, Plan } from './plan.ts';
import type { Holder, ReportedState } from './record.ts';
import { ROLLOUT_ID } from './request.ts';
import type { APPROVAL_POINTS, RolloutFile, StopAction } from './rollout-file.ts';
import type { RolloutOutcome, TargetState } from './rollout-outcomes.ts';
import type { Traffic } from './traffic.ts';
import type { Tally } from './verification.ts';
import type { DatabaseId, ReplicationKind } from './words.ts';

/** `approve` and its like tell a rollout from a change by its id. Those of its changes have an underscore, which that of no rollout has. */
export const isRolloutId = (id: string): boolean => ROLLOUT_ID.test(id);

/** More targets than this are several rollouts. */
export const MOST_TARGETS = 20_000;

/** A rollout as it was asked for, with every default filled in. */
export interface RolloutRequest {
  readonly rolloutId: string;
  readonly file: RolloutFile;
  readonly planOnly: boolean;
  /** Hash of the plan that was shown and agreed to before it began. */
  readonly agreedHash?: string;
}

/** What a survey found out about one database that is selected: what its change would do, and everything to know before. */
export interface TargetPlan {
  readonly cluster: string;
  readonly id: DatabaseId;
  readonly name: string;
  readonly kind?: ReplicationKind;
  /** What the members of one Active-Active group have in common across clusters. */
  readonly group?: string;
  readonly class: string;
  readonly before: ReportedState;
  readonly traffic?: Traffic;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** How replication was, where it is watched: what a later look is compared with. */
  readonly health?: HealthBefore;
}

/** What became of looking at one cluster. */
export interface ClusterSurvey {
  readonly cluster: string;
  /** How many of its databases are selected; their plans are stored one by one. */
  readonly selected: number;
  /** How many there are. */
  readonly found: number;
  /** Why the cluster, or a database of it that may be selected, could not be read. */
  readonly error?: string;
}

/** One database in a rollout: its place, and where it stands. Small, because all of them are read at once. */
export interface RolloutTarget {
  /** From 1, in the order in which targets begin. */
  readonly position: number;
  /** From 1; 0 for a target that needs nothing, or that something stands in the way of. */
  readonly wave: number;
  /** Within the wave, from 1: the targets of one lane are changed one after the other. */
  readonly lane: number;
  readonly cluster: string;
  readonly id: DatabaseId;
  readonly name: string;
  readonly group?: string;
  /** Hash of the plan that was approved: the change goes on with no other. */
  readonly planHash: string;
  readonly state: TargetState;
  /** Why it stands there, in one sentence. */
  readonly says?: string;
  /** ISO 8601: of its change. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Policy of each endpoint as it was proven by its change. */
  readonly policies?: Readonly<Record<string, string>>;
  /** Samples of the present bake. */
  readonly tally?: Tally;
  /** Counts against the error budget. */
  readonly failed?: boolean;
  /** Which change of it this is: one that was cut short, and is known to have left nothing, is made again. The first is 1. */
  readonly attempt?: number;
  /** How often it was sent back to centralized: the first time is 1. */
  readonly undo?: number;
}

/** Id of the change of a target; of its undoing when `undo` is given. Unique, and the same whenever it is asked for. */
export function changeIdAt(
  rolloutId: string,
  { position, attempt = 1 }: Pick<RolloutTarget, 'position' | 'attempt'>,
  undo?: number,
): string {
  const again = attempt === 1 ? '' : `_try${attempt}`;
  return `${rolloutId}_${String(position).padStart(5, '0')}${again}${undo === undefined ? '' : `_undo${undo}`}`;
}

export interface PlannedWave {
  /** From 1. */
  readonly wave: number;
  readonly canary: boolean;
  readonly targets: number;
  readonly clusters: number;
  readonly lanes: number;
  /** How long its changes and its bake are expected to take, in seconds. */
  readonly expectedSeconds: number;
}

/** The whole plan in constant size; its targets are stored one by one. */
export interface RolloutPlan {
  /** SHA-256 over the material facts of every target, its place, and what the rollout does with it: what is approved. */
  readonly hash: string;
  readonly targets: number;
  readonly waves: readonly PlannedWave[];
  /** Targets that need nothing, and those that something stands in the way of. */
  readonly unchanged: number;
  readonly blocked: number;
  /** What clients may notice, and how many targets it is about. */
  readonly clientImpact: readonly Counted[];
  readonly warnings: readonly Counted[];
  /** Why the rollout cannot be carried out at all. */
  readonly blockers: readonly string[];
  /** Clusters that the targets are on. */
  readonly clusters: readonly string[];
  /** When people are asked, and how many have to approve: as the file has it, and as the clusters ask for. */
  readonly approve: readonly (typeof APPROVAL_POINTS)[number][];
  readonly approvals: number;
  readonly expectedSeconds: number;
  /** Of AWS, in US dollars, when the deployed workflow carries it out. */
  readonly expectedCost: number;
}
export interface Counted {
  readonly says: string;
  readonly targets: number;
}

export const CONTROLS = ['pause', 'resume', 'abort', 'undo-wave', 'undo-all'] as const;
/** What somebody asked a rollout for. */
export type Control = (typeof CONTROLS)[number];

export interface Asked {
  readonly control: Control;
  readonly by: string;
  readonly via: Decision['via'];
  readonly reason?: string;
  readonly at: string;
}

/** Why a rollout goes no further. */
export interface Stop {
  /** `failures`, `alarm`, `drift`, `gate`, `window`, `fault`: by itself; `asked`: somebody wanted it. */
  readonly cause: 'failures' | 'alarm' | 'drift' | 'rejected' | 'expired' | 'window' | 'fault' | 'asked';
  readonly says: string;
  readonly at: string;
  /** The wave that it stopped in; 0 before the first. */
  readonly wave: number;
  /** What becomes of the targets that are applied. */
  readonly action: StopAction;
}

/** How far a wave has come. */
export interface Bake {
  readonly wave: number;
  readonly startedAt: string;
  /** When the next sample is due. */
  readonly nextAt: string;
  /** The least end of the bake. */
  readonly until: string;
}

/** A rollout at one moment, in constant size. */
export interface RolloutRecord {
  /** One more each time it is written, so that two who write at once notice. */
  readonly revision: number;
  readonly request: RolloutRequest;
  readonly startedAt: string;
  readonly holder: Holder;
  /** Executions are numbered from 0; only the latest may go on. */
  readonly run: number;
  /** `paused` and `ended` ones are not running anywhere. */
  readonly status: 'running' | 'paused' | 'ended';
  readonly plan?: RolloutPlan;
  /** The wave that is under way, from 1; 0 before the first. */
  readonly wave: number;
  readonly bake?: Bake;
  /** The last wave that was watched to its end. */
  readonly baked: number;
  readonly stop?: Stop;
  /** Moves made without anything coming of them. */
  readonly stalled: number;
  /** What the latest move was to change, so that a stalled one is noticed. */
  readonly progress?: string;
  readonly outcome?: RolloutOutcome;
  readonly endedAt?: string;
}

/** What approvers of a rollout are asked. */
export interface RolloutApprovalRequest {
  readonly rolloutId: string;
  /** The wave that waits for it; 1 for the whole rollout. */
  readonly wave: number;
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly plan: RolloutPlan;
  /** The clusters, for messages about who may decide. */
  readonly target: { readonly cluster: string };
  readonly approvals: number;
  readonly requestedAt: string;
  readonly expiresAt: string;
}

export interface RolloutGate {
  readonly revision: number;
  readonly request: RolloutApprovalRequest;
  readonly decisions: readonly Decision[];
  readonly status: 'waiting' | 'approved' | 'rejected' | 'closed';
}

/** One line of the story of a rollout. `at` is ISO 8601. */
export type RolloutEvent = { readonly at: string } & (
  | { readonly type: 'planned'; readonly plan: Pick<RolloutPlan, 'hash' | 'targets'> }
  | { readonly type: 'approval-requested'; readonly wave: number }
  | ({ readonly type: 'decision'; readonly wave: number; readonly refused?: string } & Omit<Decision, 'at'>)
  | ({ readonly type: 'asked' } & Omit<Asked, 'at'>)
  | { readonly type: 'run'; readonly run: number; readonly holder: string }
  | { readonly type: 'wave-began'; readonly wave: number; readonly targets: number }
  | { readonly type: 'bake-began'; readonly wave: number; readonly until: string }
  | { readonly type: 'wave-passed'; readonly wave: number }
  | { readonly type: 'target'; readonly position: number; readonly state: TargetState; readonly says?: string }
  | ({ readonly type: 'stopped' } & Omit<Stop, 'at'>)
  | { readonly type: 'waiting'; readonly until: string; readonly says: string }
  | { readonly type: 'paused' }
  | { readonly type: 'ended'; readonly outcome: RolloutOutcome }
  | { readonly type: 'note'; readonly text: string }
);
export type NewRolloutEvent = RolloutEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'at'> : never) : never;
