import type { Plan } from './plan.ts';
import type { ReportedState } from './record.ts';
import type { Window } from './request.ts';
import type { EndpointId, SyncerMode } from './words.ts';

/** `break-glass`: a named person lets a change through alone, which raises an alarm. */
export const APPROVAL_VERDICTS = ['approve', 'reject', 'break-glass'] as const;
export type ApprovalVerdict = (typeof APPROVAL_VERDICTS)[number];

/** Somebody as the way in knows them; who they are is for the configuration to say. */
export interface Identity {
  /** Name of an account, ARN of a caller, address of a user. */
  readonly id: string;
  /**
   * How it was found out: `machine` is the account on this machine, `iam` a signed request to AWS, `slack` the confirmed e-mail address of a
   * member of the workspace.
   */
  readonly via: 'machine' | 'iam' | 'slack';
}

/** What an approver is asked: everything that somebody should know before allowing a change. */
export interface ApprovalRequest {
  readonly changeId: string;
  readonly target: { readonly cluster: string; readonly database: string; readonly id: string };
  readonly requestedBy?: string;
  readonly reason?: string;
  /** Commands, client impact and warnings. Its hash is what is approved. */
  readonly plan: Omit<Plan, 'needed' | 'holdCentralized'>;
  readonly before: ReportedState;
  readonly expected: { readonly syncerMode: SyncerMode; readonly endpoints: { readonly id: EndpointId; readonly policy: string }[] };
  readonly window?: Window;
  /** How many different people have to approve. */
  readonly approvals: number;
  readonly requestedAt: string;
  /** Until when one may decide, and until when an approval may be used. ISO 8601. */
  readonly expiresAt: string;
}

export interface Decision {
  /** The person, as the configuration names them. */
  readonly by: string;
  readonly via: Identity['via'];
  readonly verdict: ApprovalVerdict;
  readonly reason?: string;
  /** Hash of the plan that was decided on. */
  readonly planHash: string;
  /** Which asking it was, where one may be delivered more than once. */
  readonly ask?: string;
  readonly at: string;
}

/** The approval gate of one change, for one plan. */
export interface Gate {
  /** One more each time the gate is written, so that two who write at once notice. */
  readonly revision: number;
  readonly request: ApprovalRequest;
  /** Those that count. Refused ones are in the timeline only. */
  readonly decisions: readonly Decision[];
  /** `closed`: the change has ended. */
  readonly status: 'waiting' | 'approved' | 'rejected' | 'closed';
}
