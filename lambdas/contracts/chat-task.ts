import * as z from 'zod';
import { APPROVAL_VERDICTS } from './approval.ts';
import { CHANGE_ID, ChangeRequest, CLUSTER_NAME, ROLLOUT_ID, Target } from './request.ts';
import { CONTROLS } from './rollout.ts';

/** Of a command as it is typed, in characters. */
export const LONGEST_WORDS = 3_000;

const { reason } = ChangeRequest.shape;
const rolloutId = z.string().regex(ROLLOUT_ID, 'expected the id of a rollout, such as rol-eu-night-20261123-7f3a91c2');

/** What can be asked of rollouts: to begin one that the configuration names, to look at one, or to steer it. */
export const RolloutAsk = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['plan', 'start']), name: z.string().min(1).max(100), reason }),
  z.strictObject({ action: z.literal('show'), rolloutId }),
  z.strictObject({ action: z.literal('control'), control: z.enum(CONTROLS), rolloutId, reason }),
]);
export type RolloutAsk = z.infer<typeof RolloutAsk>;

/** What can be asked for in chat, in the words of the command line. `help` is answered before there is a task. */
export const ChatCommand = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('inspect'), cluster: z.string().regex(CLUSTER_NAME), database: Target.shape.database.optional() }),
  /** `rollback` is the documented way back: centralized. */
  z.strictObject({
    verb: z.enum(['plan', 'apply', 'rollback']),
    ...ChangeRequest.pick({ target: true, wanted: true, reason: true, window: true }).shape,
  }),
  z.strictObject({ verb: z.literal('status'), changeId: z.string().regex(CHANGE_ID).optional() }),
  z.strictObject({ verb: z.literal('cancel'), changeId: z.string().regex(CHANGE_ID), reason }),
  z.strictObject({ verb: z.literal('rollout'), ask: RolloutAsk }),
]);
export type ChatCommand = z.infer<typeof ChatCommand>;
export type ChangeCommand = Extract<ChatCommand, { verb: 'plan' | 'apply' | 'rollback' }>;

const slackId = z.string().regex(/^[A-Z0-9]{1,40}$/);
/** Every task: who did what where. */
const asked = {
  /** Of this one action of a person: the same for every delivery of it. Hex. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  user: slackId,
  channel: slackId,
  /** When Slack sent it, ISO 8601. */
  at: z.iso.datetime(),
};
/** Which plan of which change or rollout a button was shown for. */
export const PlanReference = z.strictObject({
  /** Or of a rollout: `isRolloutId` tells. */
  changeId: z.string().regex(CHANGE_ID),
  planHash: z.string().regex(/^[0-9a-f]{8,128}$/),
});
export type PlanReference = z.infer<typeof PlanReference>;
/** Of a message, as Slack numbers them in a channel. */
const timestamp = z.string().regex(/^\d{1,20}\.\d{1,10}$/);

/** What the receiver hands over: all that is left of a request of Slack, which can be handled whenever there is time for it. */
export const ChatTask = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('command'),
    ...asked,
    /** The words as they were typed, for people. */
    words: z.string().max(LONGEST_WORDS),
    command: ChatCommand,
    /** Where answers go that only this person sees. Whoever knows it may write there, so it is not logged. */
    responseUrl: z.url(),
  }),
  /** Somebody decided at the button of an approval message, or with a reason in the form that a button opened. */
  z.strictObject({
    kind: z.literal('decision'),
    ...asked,
    /** The message whose button was pressed. */
    message: timestamp,
    verdict: z.enum(APPROVAL_VERDICTS).exclude(['break-glass']),
    ...PlanReference.shape,
    reason,
  }),
  /** A button that needs a reason: the form has to be opened within three seconds. */
  z.strictObject({
    kind: z.literal('ask-reason'),
    ...asked,
    message: timestamp,
    triggerId: z.string().min(1).max(200),
    ...PlanReference.shape,
  }),
]);
export type ChatTask = z.infer<typeof ChatTask>;
export type CommandTask = Extract<ChatTask, { kind: 'command' }>;
export type DecisionTask = Extract<ChatTask, { kind: 'decision' }>;
export type AskReasonTask = Extract<ChatTask, { kind: 'ask-reason' }>;

/** Ids of the parts of messages that people act on; what Slack sends back names them. */
export const ACTIONS = { approve: 'approve', reject: 'reject' } as const;
/** The form that asks for the reason of a rejection. Its private metadata is a `ReasonFor` as JSON. */
export const REASON_FORM = { callback: 'reject-reason', block: 'reason', input: 'reason' } as const;
export const ReasonFor = z.strictObject({ ...PlanReference.shape, channel: slackId, message: timestamp });
export type ReasonFor = z.infer<typeof ReasonFor>;
