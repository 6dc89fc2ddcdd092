import {
  type ChangeRequestInput,
  type FullChangeRequest,
  LONGEST_REASON,
  type RequestDefaults,
  type Verification,
} from '../../contracts/request.ts';
import { changeIdAt, type RolloutTarget } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';
import { fullRequest } from '../full-request.ts';

/** A request of a rollout as far as every target has it: what the file leaves open is laid over the configured defaults by each change. */
const common = ({ wanted, requestedBy, reason, verification, rollback, gates }: RolloutFile) => ({
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

/** A request as the survey plans with it, before targets have their places. */
export const plannedRequest = (
  file: RolloutFile,
  target: { cluster: string; database: string },
  defaults: RequestDefaults,
): FullChangeRequest => fullRequest({ ...common(file), target }, defaults, 'rollout');

/** What holds for the change of any target, where nothing is said about which. */
export const anyRequest = (file: RolloutFile, defaults: RequestDefaults): FullChangeRequest =>
  plannedRequest(file, { cluster: 'any', database: 'any' }, defaults);

/** How long and how often a change is verified. */
export const verificationOf = (file: RolloutFile, defaults: RequestDefaults): Verification => anyRequest(file, defaults).verification;
