import * as z from 'zod';
import { ClusterConditions, DatabaseFacts } from './facts.ts';
import { HealthBefore, ReplicationHealth } from './health.ts';
import { Plan } from './plan.ts';
import { FullChangeRequest } from './request.ts';
import { Tally, VERDICTS } from './verification.ts';
import { WindowLook } from './window.ts';

/** What a Catch of the workflow hands on. */
export const CaughtError = z.strictObject({ Error: z.string(), Cause: z.string().optional() });
export type CaughtError = z.infer<typeof CaughtError>;

export const Inspected = z.strictObject({
  request: FullChangeRequest,
  before: DatabaseFacts,
  conditions: ClusterConditions,
  /** Absent without a source of health data. */
  health: HealthBefore.optional(),
  plan: Plan,
  /** Which way the workflow goes on. */
  next: z.enum(['refuse', 'finish', 'begin']),
  /** Which gates stand before the lock. */
  gates: z.strictObject({ approval: z.boolean(), window: z.boolean() }),
  /** Why the change cannot begin, where that is no blocker of its plan: its window will never be open long enough. */
  stopped: CaughtError.optional(),
});
export type Inspected = z.infer<typeof Inspected>;

export const Rebound = z.strictObject({
  changed: z.boolean(),
  /** The database as it was when its bindings were proven. */
  facts: DatabaseFacts,
  /** When the proof was read, ISO 8601. */
  provenAt: z.string(),
  /** Nodes that were expected to be bound and are not, one sentence for each endpoint. */
  notes: z.array(z.string()),
});
export type Rebound = z.infer<typeof Rebound>;

export const Tuned = z.strictObject({ changed: z.boolean(), facts: DatabaseFacts, provenAt: z.string() });
export type Tuned = z.infer<typeof Tuned>;

export const Verified = z.strictObject({
  verdict: z.enum(VERDICTS).or(z.literal('pending')),
  tally: Tally,
  /** The latest reading that could be made. */
  facts: DatabaseFacts.optional(),
  /** Replication in the latest sample, where it is watched. */
  health: ReplicationHealth.optional(),
});
export type Verified = z.infer<typeof Verified>;

/** The database as it was found under the lock, and how replication was, read again after a gate. */
export const Begun = z.strictObject({ facts: DatabaseFacts, health: HealthBefore.optional() });
export type Begun = z.infer<typeof Begun>;

/** What is to be done about a change that was cut short. */
export const Recovery = z.strictObject({
  next: z.enum(['nothing', 'wait', 'conclude', 'roll-back']),
  /** Which run of the change the recovery is. */
  run: z.int().min(0),
  /** When a write that may be under way must have ended, ISO 8601. */
  until: z.iso.datetime().optional(),
  says: z.string(),
});
export type Recovery = z.infer<typeof Recovery>;

/** Everything that travels through an execution; each state adds its own part. */
export const ChangeState = Inspected.partial().extend({
  /** What was found at the change window when it was looked at last. */
  window: WindowLook.optional(),
  begun: Begun.optional(),
  held: Tuned.optional(),
  policy: Rebound.optional(),
  syncer: Tuned.optional(),
  verification: Verified.optional(),
  /** Why the change is being rolled back. */
  failure: CaughtError.optional(),
  /** The rollback's own steps. */
  restored: Tuned.optional(),
  restoredVerification: Verified.optional(),
  restoredPolicy: Rebound.optional(),
  /** How the change is recovered, when its first run was cut short. */
  recovery: Recovery.optional(),
  /** Why the change was left to an operator. */
  halted: CaughtError.optional(),
});
export type ChangeState = z.infer<typeof ChangeState>;

/** The state from Begin change on: what every later step may rely on. */
export const BegunState = ChangeState.required({ request: true, before: true, plan: true, begun: true });
export type BegunState = z.infer<typeof BegunState>;
