import { type ChangeRequestInput, LONGEST_REASON } from '../../contracts/request.ts';
import { changeIdAt, type RolloutTarget } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';

/** A request of a rollout as far as every target has it: what the file leaves open is laid over the configured defaults by each change. */
export const common = ({ wanted, requestedBy, reason, verification, rollback, gates }: RolloutFile) => ({
  wanted,
  ...(requestedBy !== undefined && { requestedBy }),
  ...(reason !== undefined && { reason }),
  ...(verification && { verification }),
  ...(rollback && { rollback }),
  // The rollout has a gate of its own, for all of them.
  approval: { required: false },
  ...(gates.window && { window: gates.window }),
});

type Aimed = Pick<RolloutTarget, 'cluster' | 'id' | 'position' | 'attempt' | 'undo' | 'says'>;

/** What the change of a target is asked for with. */
export const requestOf = (rolloutId: string, file: RolloutFile, target: Aimed): ChangeRequestInput => ({
  ...common(file),
  changeId: changeIdAt(rolloutId, target),
  target: { cluster: target.cluster, database: target.id },
  rollout: { id: rolloutId, position: target.position },
});

/** What sends a target back: the documented way, which no window and no approval stands before. */
export const undoRequestOf = (rolloutId: string, { requestedBy, verification }: RolloutFile, target: Aimed): ChangeRequestInput => ({
  changeId: changeIdAt(rolloutId, target, target.undo),
  target: { cluster: target.cluster, database: target.id },
  wanted: { syncerMode: 'centralized' },
  ...(requestedBy !== undefined && { requestedBy }),
  reason: `${rolloutId} takes it back${target.says === undefined ? '' : `: ${target.says}`}`.slice(0, LONGEST_REASON),
  ...(verification && { verification }),
  approval: { required: false },
  rollout: { id: rolloutId, position: target.position },
});

/** What is asked for about a target that is under way, in either direction. */
export const requestUnderWay = (rolloutId: string, file: RolloutFile, target: Aimed & Pick<RolloutTarget, 'state'>): ChangeRequestInput =>
  (target.state === 'undoing' ? undoRequestOf : requestOf)(rolloutId, file, target);
