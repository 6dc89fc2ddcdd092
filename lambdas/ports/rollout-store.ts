import { StepError } from '../contracts/errors.ts';
import type { Holder } from '../contracts/record.ts';
import type {
  Asked,
  ClusterSurvey,
  NewRolloutEvent,
  RolloutEvent,
  RolloutGate,
  RolloutRecord,
  RolloutRequest,
  RolloutTarget,
  TargetPlan,
} from '../contracts/rollout.ts';

/** A rollout as `open` writes it. @param startedAt - ISO 8601. */
export const openedRollout = (request: RolloutRequest, holder: Holder, startedAt: string): RolloutRecord => ({
  revision: 1,
  request,
  startedAt,
  holder,
  run: 0,
  status: 'running',
  wave: 0,
  baked: 0,
  stalled: 0,
});

/** The refusal that `saveTarget` gives. */
export const targetLost = (rolloutId: string, { cluster, id, position }: RolloutTarget, run: number): StepError =>
  new StepError(
    'LockLostError',
    `run ${run} of ${rolloutId} may not write target ${position}, ${cluster}/${id}: a later run did, or nobody has placed it`,
  );

/** Rollouts with their targets, each on its own: nothing here is written whole that grows with the number of targets. */
export interface RolloutStore {
  /**
   * Opens the record of a rollout: revision 1, run 0, running, in no wave. Opening it again changes nothing.
   * @returns false when it was open already.
   */
  open(request: RolloutRequest, holder: Holder): Promise<boolean>;
  get(rolloutId: string): Promise<RolloutRecord | undefined>;
  /** Newest first. */
  list(limit: number): Promise<RolloutRecord[]>;
  /**
   * Writes a record, if the stored one has the revision before this one's. Its request is not written again: it stays as it was opened.
   * @returns false when somebody else wrote it in the meantime. A write whose answer got lost and that is repeated counts as written.
   */
  save(record: RolloutRecord): Promise<boolean>;

  /** What was asked for last and not taken up yet. Kept apart from the record, so that asking never waits for the workflow. */
  ask(rolloutId: string, asked: Asked): Promise<void>;
  asked(rolloutId: string): Promise<Asked | undefined>;
  /** Forgets it, unless somebody has asked for something else since. */
  takeUp(rolloutId: string, asked: Asked): Promise<void>;

  /** What a survey found on a cluster, in place of what an earlier one found. */
  saveSurvey(rolloutId: string, survey: ClusterSurvey, plans: readonly TargetPlan[]): Promise<void>;
  /** In the order of the names of the clusters. */
  surveys(rolloutId: string): Promise<ClusterSurvey[]>;
  /** Of one cluster, in the order of the ids of its databases. */
  plans(rolloutId: string, cluster: string): Promise<TargetPlan[]>;

  /**
   * Writes targets that nobody has written yet; those that are there stay as they are, whatever is given for their positions. Only the run
   * that plans the rollout places its targets: what another one places at the same time may be lost.
   */
  placeTargets(rolloutId: string, targets: readonly RolloutTarget[]): Promise<void>;
  /** In the order of their positions; of one cluster only when it is named. */
  targets(rolloutId: string, cluster?: string): Promise<RolloutTarget[]>;
  target(rolloutId: string, position: number): Promise<RolloutTarget | undefined>;
  /**
   * Writes where a target stands that was placed.
   * @param run - of the rollout. What a later run wrote is not overwritten.
   * @throws StepError `LockLostError` when a later run has written it, or nobody has placed it.
   */
  saveTarget(rolloutId: string, target: RolloutTarget, run: number): Promise<void>;

  /**
   * Makes a database the rollout's own, until that rollout has ended or another takes it over from one that has.
   * @param from - the owner that has ended.
   * @returns the owner afterwards: this rollout, or the one that is in the way.
   */
  claim(database: Pick<RolloutTarget, 'cluster' | 'id'>, rolloutId: string, from?: string): Promise<string>;

  /** @param wave - the wave that the gate stands before. */
  gate(rolloutId: string, wave: number): Promise<RolloutGate | undefined>;
  /**
   * Writes a gate, if the stored one has the revision before this one's; the first is revision 1.
   * @returns false when it has not. A write whose answer got lost and that is repeated counts as written.
   */
  saveGate(rolloutId: string, wave: number, gate: RolloutGate): Promise<boolean>;
  /** Keeps what wakes the workflow at its gate; only `tokenOf` gives it back. */
  keepToken(rolloutId: string, token: string): Promise<void>;
  tokenOf(rolloutId: string): Promise<string | undefined>;

  append(rolloutId: string, event: NewRolloutEvent): Promise<void>;
  /** In the order in which they were written. */
  events(rolloutId: string): Promise<RolloutEvent[]>;
}
