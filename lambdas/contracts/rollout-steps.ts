import * as z from 'zod';
import { CHANGE_ID, ChangeRequest, ROLLOUT_ID } from './request.ts';
import { ROLLOUT_OUTCOME_NAMES } from './rollout-outcomes.ts';

const rolloutId = z.string().regex(ROLLOUT_ID);
const run = z.int().min(0);

/** What the execution of a rollout is started with. With a request it is a new one; without, it goes on with one that is on record. */
export const OpenRolloutInput = z.strictObject({
  rolloutId,
  run,
  /** As it was written; checked again here. */
  file: z.unknown().optional(),
  planOnly: z.boolean().default(false),
  /** Hash of the plan that was shown and agreed to: with another one, nothing begins. */
  agreedHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type OpenRolloutInput = z.infer<typeof OpenRolloutInput>;

/** All that travels through an execution, beside the latest move. */
export const RolloutPlace = z.strictObject({ rolloutId, run });
export type RolloutPlace = z.infer<typeof RolloutPlace>;

const items = z.array(z.int().min(1)).max(1_000);
/** What the workflow does next. No list in it is longer than a thousand numbers, however many targets there are. */
export const Move = z.discriminatedUnion('kind', [
  /** Look at these clusters, by their place in the configuration. */
  z.strictObject({ kind: z.literal('survey'), items, atOnce: z.int().min(1) }),
  z.strictObject({ kind: z.literal('plan') }),
  z.strictObject({ kind: z.literal('approve'), wave: z.int().min(1), timeoutSeconds: z.int().min(1) }),
  z.strictObject({ kind: z.literal('wait'), until: z.iso.datetime() }),
  /** Change, or send back, what is left in these lanes of a wave; an item is the position of the first target that is left in a lane. */
  z.strictObject({ kind: z.enum(['change', 'undo']), wave: z.int().min(1), items, atOnce: z.int().min(1) }),
  /** Take a sample of every member on these clusters, by their place in the configuration. */
  z.strictObject({ kind: z.literal('check'), items, atOnce: z.int().min(1) }),
  /** The history of the execution gets long: go on in another one. */
  z.strictObject({ kind: z.literal('hand-over'), run }),
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('end'), outcome: z.enum(ROLLOUT_OUTCOME_NAMES), says: z.string() }),
]);
export type Move = z.infer<typeof Move>;

/** `moves`: how many this execution has made. */
export const JudgeRolloutInput = RolloutPlace.extend({ moves: z.int().min(0) });
export type JudgeRolloutInput = z.infer<typeof JudgeRolloutInput>;
export const JudgeRolloutOutput = z.strictObject({ moves: z.int().min(1), move: Move });
export type JudgeRolloutOutput = z.infer<typeof JudgeRolloutOutput>;

/** One cluster, by its place in the configuration, from 1: for `survey-cluster` and `check-members`. */
export const ClusterItemInput = RolloutPlace.extend({ item: z.int().min(1) });
export type ClusterItemInput = z.infer<typeof ClusterItemInput>;

export const PlanRolloutInput = RolloutPlace;

export const RequestRolloutApprovalInput = RolloutPlace.extend({ wave: z.int().min(1), token: z.string().optional() });
export type RequestRolloutApprovalInput = z.infer<typeof RequestRolloutApprovalInput>;

/** `lane`: position of the first target that is left in it; those behind it follow. `done`: how many of them this run of the lane has passed. */
export const NextInLaneInput = RolloutPlace.extend({
  kind: z.enum(['change', 'undo']),
  wave: z.int().min(1),
  lane: z.int().min(1),
  done: z.int().min(0),
});
export type NextInLaneInput = z.infer<typeof NextInLaneInput>;
export const NextInLaneOutput = z.discriminatedUnion('next', [
  /** Start this change, or join it. */
  z.strictObject({
    next: z.literal('change'),
    done: z.int().min(1),
    changeId: z.string().regex(CHANGE_ID),
    request: z.custom<z.input<typeof ChangeRequest>>((value) => ChangeRequest.safeParse(value).success),
  }),
  /** A change of this lane has no end on record yet: its recovery may be under way. */
  z.strictObject({ next: z.literal('wait'), done: z.int().min(0), seconds: z.int().min(1) }),
  z.strictObject({ next: z.literal('nothing') }),
]);
export type NextInLaneOutput = z.infer<typeof NextInLaneOutput>;

export const EndRolloutInput = RolloutPlace.extend({ outcome: z.enum(ROLLOUT_OUTCOME_NAMES), says: z.string() });
export type EndRolloutInput = z.infer<typeof EndRolloutInput>;
export const EndRolloutOutput = z.strictObject({ outcome: z.enum(ROLLOUT_OUTCOME_NAMES), message: z.string() });
export type EndRolloutOutput = z.infer<typeof EndRolloutOutput>;
