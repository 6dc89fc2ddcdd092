import * as z from 'zod';
import { ChatSettings } from './chat-settings.ts';
import { NamedRollout } from './named-rollouts.ts';
import { ChangeRequest, CLUSTER_NAME, RequestDefaults } from './request.ts';

const text = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'expected text without NUL characters');
const secret = z.strictObject({ secretId: text });
const credentials = z.union(
  [secret, z.strictObject({ usernameEnv: text, passwordEnv: text })],
  'expected { "secretId" } or { "usernameEnv", "passwordEnv" }',
);
const authority = z.union([secret, z.strictObject({ file: text })], 'expected { "secretId" } or { "file" }');
const httpsUrl = z.url({ protocol: /^https$/, error: 'expected an https:// address' });
const matching = (pattern: RegExp, expected: string) => z.string(`expected ${expected}`).regex(pattern, `expected ${expected}`);

/** Who may let changes of a cluster through the approval gate. People are named as under `people`. */
const ApprovalRules = z.strictObject({
  /** Every change towards distributed needs an approval, whatever its request says. */
  required: z.boolean().default(false),
  /** Least number of people who have to approve, whatever the request says. */
  approvals: z.int().min(1).max(10).default(1),
  /** Absent: anybody whose identity is known. */
  approvers: z.array(text).min(1).optional(),
  requesterMayApprove: z.boolean().default(false),
  /** Who may let a change through alone. It raises an alarm. */
  breakGlass: z.array(text).default([]),
});
export type ApprovalRules = z.infer<typeof ApprovalRules>;
const approval = ApprovalRules.prefault({});

/** Access to the cluster's REST API. */
const RestAccess = z.strictObject({ url: httpsUrl, credentials, ca: authority.optional() });
export type RestAccess = z.infer<typeof RestAccess>;

/** Network of the deployed functions, from which the REST API can be reached. */
const network = z.strictObject({ vpcId: text, subnetIds: z.array(text).min(1) });

const ExecCluster = z.strictObject({
  transport: z.literal('exec'),
  /** The program and any arguments that come before rladmin's own. */
  rladmin: z.tuple([text], text, { error: 'expected a list such as ["/opt/redislabs/bin/rladmin"]' }).readonly(),
  /** REST API of the same cluster, to watch the health of replication, which rladmin does not show. */
  health: RestAccess.optional(),
  approval,
});

const instanceId = matching(/^(?:i|mi)-[0-9a-f]{8,32}$/, 'the id of an instance such as "i-0123456789abcdef0"');

const SsmCluster = z.strictObject({
  transport: z.literal('ssm'),
  region: matching(/^[a-z]{2,3}(?:-[a-z]+)+-\d{1,2}$/, 'a region such as "eu-west-1"'),
  /** Role that may send the document, where the nodes are in another account. */
  roleArn: matching(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of a role').optional(),
  instances: z.union(
    [z.strictObject({ tag: z.strictObject({ key: text, value: text }) }), z.strictObject({ ids: z.array(instanceId).min(1) })],
    'expected { "tag": { "key", "value" } } or { "ids": ["i-…"] }',
  ),
  // Path and account become part of a shell script, so their characters are few.
  rladmin: matching(/^(?:\/[A-Za-z0-9._+-]+)+$/, 'an absolute path without blanks or quotes').default('/opt/redislabs/bin/rladmin'),
  runAs: matching(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of an account').default('root'),
  /** REST API of the same cluster, to watch the health of replication, which rladmin does not show. */
  health: RestAccess.optional(),
  vpc: network.optional(),
  approval,
});

const RestCluster = RestAccess.extend({
  transport: z.literal('rest'),
  vpc: network.optional(),
  approval,
});

export type ClusterConfiguration = z.infer<typeof Cluster>;
export type SsmClusterConfiguration = z.infer<typeof SsmCluster>;
const Cluster = z.discriminatedUnion('transport', [ExecCluster, SsmCluster, RestCluster], {
  error: (issue) => (issue.code === 'invalid_union' ? 'expected transport to be "exec", "ssm" or "rest"' : undefined),
});

/** A file in the form of iCalendar, or a calendar of AWS Systems Manager. */
const Calendar = z.union(
  [
    z.strictObject({
      file: text,
      /** What its events mean, where the file does not say so itself (`X-CALENDAR-TYPE`): changes only then, or none then. */
      events: z.enum(['allow', 'forbid']).optional(),
    }),
    z.strictObject({ arn: matching(/^arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:document\/[\w.-]{3,128}$/, 'the ARN of a change calendar') }),
  ],
  'expected { "file" } or { "arn" }',
);
export type CalendarConfiguration = z.infer<typeof Calendar>;

const ScheduledRequest = ChangeRequest.omit({ changeId: true, planOnly: true });

/** A change that is started again and again, or once. */
export const Schedule = z.strictObject({
  name: matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/, 'letters, digits, "_" and "-", at most 48'),
  /** As EventBridge Scheduler has it: `cron(0 2 ? * TUE *)`, `rate(7 days)` or, for once, `at(2026-12-01T02:00:00)`. */
  when: matching(/^(?:at|cron|rate)\([A-Za-z0-9 ,\-*/?#:]+\)$/, '"cron(…)", "rate(…)" or "at(yyyy-mm-ddThh:mm:ss)"'),
  /** As the IANA names it. */
  timeZone: text.default('UTC'),
  /** Of each of its changes, as it is written: the configured defaults are laid under it when the change begins, and its id is made then. */
  request: z.custom<z.input<typeof ScheduledRequest>>().superRefine((value, context) => {
    for (const issue of ScheduledRequest.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue, code: 'custom' });
  }),
});
export type Schedule = z.infer<typeof Schedule>;

/** `syncshift.config.json`. */
export const Configuration = z.strictObject({
  $schema: z.string().optional(),
  clusters: z.record(z.string().regex(CLUSTER_NAME), Cluster, {
    error: (issue) => (issue.code === 'invalid_key' ? 'is no cluster name: letters, digits, ".", "_" and "-", at most 63' : undefined),
  }),
  defaults: RequestDefaults.prefault({}),
  /** Accounts of a person: on machines, in AWS. Somebody who is not listed is known by the account alone. */
  people: z.record(text, z.array(text).min(1)).default({}),
  calendars: z.record(text, Calendar).default({}),
  /** Calendars that forbid every start while they are closed, whatever window a request names. */
  freezes: z.array(text).default([]),
  schedules: z.array(Schedule).default([]),
  /** Rollouts that can be asked for in chat by these names. */
  rollouts: z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/), NamedRollout, {
      error: (issue) => (issue.code === 'invalid_key' ? 'is no name of a rollout: letters, digits, "_" and "-", at most 48' : undefined),
    })
    .default({}),
  chat: ChatSettings.optional(),
});
export type Configuration = z.infer<typeof Configuration>;
