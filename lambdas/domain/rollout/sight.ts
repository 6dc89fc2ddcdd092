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

/** What a judgement changes, and what comes next. */
export interface Judged {
  readonly record: RolloutRecord;
  /** Only those that are no longer as they were. */
  readonly targets: readonly RolloutTarget[];
  readonly events: readonly NewRolloutEvent[];
  readonly move: Move;
  /** What was asked for was taken up. */
  readonly takenUp?: Asked | undefined;
}
