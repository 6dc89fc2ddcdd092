import * as z from 'zod';

/** Path of the address that Slack sends to. */
export const SLACK_PATH = '/slack';

const text = z.string().min(1);
const slackId = (pattern: RegExp, expected: string) => z.string(`expected ${expected}`).regex(pattern, `expected ${expected}`);

/** Plain HTTP only to this machine: a token would travel readable. */
const isApiUrl = (value: string): boolean => {
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
};

/** How changes are asked for, decided on and followed in Slack. */
export const SlackSettings = z.strictObject({
  /** The one workspace whose people may call. */
  team: slackId(/^T[A-Z0-9]{2,30}$/, 'the id of a workspace such as "T012AB3C4"'),
  /** A secret that holds `{ "signingSecret", "botToken" }`, or, on one machine, the variables that hold them. */
  credentials: z.union(
    [z.strictObject({ secretId: text }), z.strictObject({ signingSecretEnv: text, botTokenEnv: text })],
    'expected { "secretId" } or { "signingSecretEnv", "botTokenEnv" }',
  ),
  /** People who may ask for changes, for the way back, and for a change to stop. They are named as under `people`, or by their e-mail. */
  operators: z.array(text).min(1),
  /** Where changes are told that nobody asked for in chat. @default they are not told there */
  channel: slackId(/^[CG][A-Z0-9]{2,30}$/, 'the id of a channel such as "C012AB3CD"').optional(),
  /** Where Slack's Web API is, for GovSlack. */
  apiUrl: z
    .url('expected an https:// address')
    .refine((value) => URL.canParse(value) && isApiUrl(value), 'expected an https:// address')
    .default('https://slack.com/api/'),
});
export type SlackSettings = z.infer<typeof SlackSettings>;

export const ChatSettings = z.strictObject({
  slack: SlackSettings.optional(),
  /** What of every change is told over SNS: to Amazon Q Developer in chat applications, and to these addresses. */
  notifications: z.strictObject({ emails: z.array(z.email()).default([]) }).optional(),
});
export type ChatSettings = z.infer<typeof ChatSettings>;

/** What proves that a request comes from Slack, and what lets us call it. Never leaves the process. */
export const SlackCredentials = z.strictObject({ signingSecret: text, botToken: text });
export type SlackCredentials = z.infer<typeof SlackCredentials>;
