import * as z from 'zod';

/** Longest texts of a custom notification, in characters. */
export const NOTIFICATION_LIMITS = { title: 250, description: 8_000, nextStep: 350, keyword: 75 } as const;
/** The longest subject of an e-mail over SNS, in ASCII characters: it has to be shorter than 100. */
export const LONGEST_SUBJECT = 99;

const text = (max: number) => z.string().min(1).max(max);
/** For what has no documented limit: ours, so that every notification fits into a message of SNS. */
const short = text(256);

/** What a notification can be about, as its `eventType`. */
const NOTIFIED = [
  'syncshift.change-planned',
  'syncshift.approval-requested',
  'syncshift.approved',
  'syncshift.rejected',
  'syncshift.glass-broken',
  'syncshift.decision-refused',
  'syncshift.window-awaited',
  'syncshift.change-begun',
  'syncshift.stop-requested',
  'syncshift.rollback-begun',
  'syncshift.taken-over',
  'syncshift.change-ended',
  'syncshift.rollout-approval-requested',
  'syncshift.rollout-stopped',
  'syncshift.rollout-ended',
] as const;
export type Notified = (typeof NOTIFIED)[number];

/**
 * A custom notification as Amazon Q Developer in chat applications reads it.
 * @see https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export const NotificationDocument = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  /** The same for every delivery of the same news. */
  id: short.optional(),
  content: z.strictObject({
    /** The markdown of the chat that it is shown in. */
    textType: z.literal('client-markdown').optional(),
    title: text(NOTIFICATION_LIMITS.title).optional(),
    description: text(NOTIFICATION_LIMITS.description),
    nextSteps: z.array(text(NOTIFICATION_LIMITS.nextStep)).max(10).optional(),
    keywords: z.array(text(NOTIFICATION_LIMITS.keyword)).max(10).optional(),
  }),
  metadata: z
    .strictObject({
      /** Notifications with the same one are shown in one thread, where the channel allows it. */
      threadId: short.optional(),
      /** Shown where the thread begins. */
      summary: short.optional(),
      eventType: short.optional(),
      relatedResources: z.array(short).max(10).optional(),
      /** Custom actions may put these into the commands that they run, so no text that people wrote is among them. */
      additionalContext: z.record(short, z.string().max(256)).optional(),
      /** @default true, says AWS */
      enableCustomActions: z.boolean().optional(),
    })
    .optional(),
});
export type NotificationDocument = z.infer<typeof NotificationDocument>;

/** One piece of news of a change or a rollout, for chats and for mailboxes. */
export const Notification = z.strictObject({
  document: NotificationDocument,
  plain: z.strictObject({
    /** Printable ASCII that begins with no blank, on one line: anything else is refused by SNS. */
    subject: z
      .string()
      .regex(/^[!-~][ -~]*$/)
      .max(LONGEST_SUBJECT),
    text: text(16_000),
  }),
});
export type Notification = z.infer<typeof Notification>;
