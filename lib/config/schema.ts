import * as z from 'zod';
import { CLUSTER_NAME, RequestDefaults } from '../../lambdas/contracts/request.ts';

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

const ExecCluster = z.strictObject({
  transport: z.literal('exec'),
  /** The program and any arguments that come before rladmin's own. */
  rladmin: z.tuple([text], text, { error: 'expected a list such as ["/opt/redislabs/bin/rladmin"]' }).readonly(),
});

const SsmCluster = z.strictObject({
  transport: z.literal('ssm'),
  region: text,
  roleArn: text.optional(),
  instances: z.union(
    [z.strictObject({ tag: z.strictObject({ key: text, value: text }) }), z.strictObject({ ids: z.array(text).min(1) })],
    'expected { "tag": { "key", "value" } } or { "ids": […] }',
  ),
  rladmin: text.default('/opt/redislabs/bin/rladmin'),
  runAs: text.default('root'),
  health: z.strictObject({ url: httpsUrl, credentials, ca: authority.optional() }).optional(),
});

const RestCluster = z.strictObject({
  transport: z.literal('rest'),
  url: httpsUrl,
  credentials,
  ca: authority.optional(),
  vpc: z.strictObject({ vpcId: text, subnetIds: z.array(text).min(1) }).optional(),
});

const Cluster = z.discriminatedUnion('transport', [ExecCluster, SsmCluster, RestCluster], {
  error: (issue) => (issue.code === 'invalid_union' ? 'expected transport to be "exec", "ssm" or "rest"' : undefined),
});

/** `syncshift.config.json`. Parts that this version does not act on yet are accepted in their documented form. */
export const Configuration = z.strictObject({
  $schema: z.string().optional(),
  clusters: z.record(z.string().regex(CLUSTER_NAME), Cluster, {
    error: (issue) => (issue.code === 'invalid_key' ? 'is no cluster name: letters, digits, ".", "_" and "-", at most 63' : undefined),
  }),
  defaults: RequestDefaults.prefault({}),
  calendars: z
    .record(text, z.union([z.strictObject({ file: text }), z.strictObject({ arn: text })], 'expected { "file" } or { "arn" }'))
    .optional(),
  schedules: z.array(z.looseObject({})).optional(),
  chat: z.looseObject({}).optional(),
});
export type Configuration = z.infer<typeof Configuration>;
