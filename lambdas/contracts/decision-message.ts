import * as z from 'zod';
import { APPROVAL_VERDICTS } from './approval.ts';
import { CHANGE_ID, LONGEST_REASON, ROLLOUT_ID } from './request.ts';
import { CONTROLS } from './rollout.ts';

const text = (max: number) => z.string().trim().min(1).max(max);

/** What a rollout can be asked for. */
const asked = { changeId: z.string().regex(ROLLOUT_ID), reason: text(LONGEST_REASON).optional() };

/** What somebody sends to the deployed function that takes decisions. Who sends it is not part of it: the signature says. The id of a
 * rollout takes the place of that of a change. */
export const DecisionMessage = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.enum(APPROVAL_VERDICTS),
    changeId: z.string().regex(CHANGE_ID),
    /** Hash of the plan that was looked at. */
    planHash: text(128),
    /** Of a rollout: the wave that was asked about. All its questions are about one plan. */
    wave: z.int().min(1).optional(),
    reason: text(LONGEST_REASON).optional(),
  }),
  z.strictObject({ action: z.literal('look'), changeId: z.string().regex(CHANGE_ID) }),
  z.strictObject({ action: z.enum(CONTROLS), ...asked }),
  z.strictObject({ action: z.literal('cancel'), changeId: z.string().regex(CHANGE_ID), reason: text(LONGEST_REASON).optional() }),
]);
export type DecisionMessage = z.infer<typeof DecisionMessage>;
