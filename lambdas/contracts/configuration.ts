import * as z from 'zod';
import { CLUSTER_NAME, RequestDefaults } from './request.ts';

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
});

const RestCluster = RestAccess.extend({
  transport: z.literal('rest'),
  vpc: network.optional(),
});

export type ClusterConfiguration = z.infer<typeof Cluster>;
export type SsmClusterConfiguration = z.infer<typeof SsmCluster>;
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
