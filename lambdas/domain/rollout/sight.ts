import type { Verification } from '../../contracts/request.ts';
import type { Asked, ClusterSurvey, NewRolloutEvent, RolloutGate, RolloutRecord, RolloutTarget } from '../../contracts/rollout.ts';
import type { Move } from '../../contracts/rollout-steps.ts';
import type { WindowLook } from '../../contracts/window.ts';

/** All that a rollout is judged by, at one moment. */
export interface Sight {
  readonly record: RolloutRecord;
  /** In the order of their positions. */
  readonly targets: readonly RolloutTarget[];
  readonly surveys: readonly ClusterSurvey[];
  /** Names of the clusters that may hold targets, each with its place in the configuration, from 1. */
  readonly clusters: readonly { readonly name: string; readonly item: number }[];
  readonly asked?: Asked | undefined;
  /** Before the wave that comes next. */
  readonly gate?: RolloutGate | undefined;
  /** Why the alarms are not quiet. */
  readonly alarm?: string | undefined;
  /** Whether changes may begin now; absent where neither a window nor a freeze concerns the rollout. */
  readonly window?: WindowLook | undefined;
  readonly verification: Verification;
  readonly now: Date;
  /** How many moves this execution has made. */
  readonly moves: number;
}

/**
 * What one look at a rollout comes to: the next move; that what was found has to be judged before anything else; or, when it is undefined,
 * that there is nothing to do.
 */
export type Step = Move | 'look again' | undefined;

/** What a judgement changes. */
export interface Changes {
  readonly record: RolloutRecord;
  /** Only those that are no longer as they were. */
  readonly targets: readonly RolloutTarget[];
  readonly events: readonly NewRolloutEvent[];
}

/** What a judgement changes, and what comes next. */
export interface Judged extends Changes {
  readonly move: Move;
}

/** What comes of something that was asked for. Unless the rollout pauses, what comes next is judged with that on record. */
export interface TakenUp extends Changes {
  readonly takenUp: Asked;
  readonly move: Extract<Move, { kind: 'pause' }> | undefined;
}
