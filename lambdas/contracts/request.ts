import * as z from 'zod';
import { MULTI_PROXY_POLICIES, SYNCER_MODES } from './words.ts';

/** Documented naming rule of databases (letters, digits, hyphens, at most 63), or the id `db:<n>`. */
const DATABASE_NAME = /^(?:db:[1-9][0-9]{0,8}|[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)$/;
export const CLUSTER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** Also the name of the execution, so the characters are those that Step Functions accepts. */
export const CHANGE_ID = /^[A-Za-z0-9_-]{1,80}$/;

/** Ids of rollouts; those of their changes begin with them. */
export const ROLLOUT_ID = /^rol-[A-Za-z0-9-]{1,50}$/;

/** In characters. */
export const LONGEST_REASON = 1_000;

const seconds = (max: number) => z.int().min(0).max(max);
const text = (max: number) => z.string().trim().min(1).max(max);

export const Target = z.strictObject({
  cluster: z.string().regex(CLUSTER_NAME, 'expected a cluster name (letters, digits, ".", "_", "-")'),
  database: z.string().regex(DATABASE_NAME, 'expected a database name (letters, digits, hyphens; at most 63) or "db:<number>"'),
});
export type Target = z.infer<typeof Target>;

export const Approval = z.strictObject({
  required: z.boolean().default(false),
  approvals: z.int().min(1).max(10).default(1),
  timeoutSeconds: z.int().min(60).max(30_000_000).default(86_400),
});

export const Window = z.union(
  [
    z.strictObject({ opensAt: z.iso.datetime({ offset: true }), closesAt: z.iso.datetime({ offset: true }) }),
    z.strictObject({ calendar: text(100) }),
  ],
  'expected a window: { "opensAt", "closesAt" } as ISO 8601 moments with offset, or { "calendar" }',
);
export type Window = z.infer<typeof Window>;

/** When a result counts as good. Defaults are those of the vendor-independent judging rules: six good samples, ten seconds apart. */
const VerificationFields = z.strictObject({
  /** Pause between the last write and the first sample. */
  settleSeconds: seconds(3_600).default(10),
  /** Pause between two samples; also how far apart two equal readings must lie (five seconds at most). */
  intervalSeconds: seconds(3_600).default(10),
  /** Consecutive good samples that make a pass. */
  samples: z.int().min(1).max(60).default(6),
  /** After this the verdict is made from what there is; also the longest wait for one command. */
  deadlineSeconds: z.int().min(1).max(3_600).default(600),
  /** Highest replication lag of a good sample, in milliseconds, where a source of health data exists. */
  maxLagMs: z.int().min(1).max(3_600_000).default(500),
  /** Refuse the change when replication health cannot be observed. */
  requireHealth: z.boolean().default(false),
});
export const Verification = VerificationFields.refine(
  ({ samples, intervalSeconds, deadlineSeconds }) => (samples - 1) * intervalSeconds <= deadlineSeconds,
  {
    path: ['deadlineSeconds'],
    error: ({ input }) => {
      const { samples, intervalSeconds, deadlineSeconds } = input as z.infer<typeof VerificationFields>;
      return `${deadlineSeconds} s are too short for ${samples} samples every ${intervalSeconds} s`;
    },
  },
);
export type Verification = z.infer<typeof Verification>;

export const Rollback = z.strictObject({
  /** Also narrow the proxy policy back to what was recorded. Cuts clients, hence off. */
  restoreProxyPolicy: z.boolean().default(false),
});

/** Parts of a request that a configuration may preset. */
export const RequestDefaults = z.strictObject({
  proxyPolicy: z.enum(MULTI_PROXY_POLICIES).optional(),
  requestedBy: text(200).optional(),
  reason: text(LONGEST_REASON).optional(),
  approval: Approval.optional(),
  window: Window.optional(),
  verification: Verification.optional(),
  rollback: Rollback.optional(),
});
/** As a configuration may write them: what has a default may be left out. */
export type RequestDefaults = z.input<typeof RequestDefaults>;

/** The input of an execution. Unknown keys are refused: a misspelt safety option must not be ignored. */
export const ChangeRequest = z.strictObject({
  changeId: z.string().regex(CHANGE_ID, 'expected letters, digits, "_" and "-", at most 80').optional(),
  target: Target,
  wanted: z.strictObject({ syncerMode: z.enum(SYNCER_MODES), proxyPolicy: z.enum(MULTI_PROXY_POLICIES).optional() }),
  requestedBy: text(200).optional(),
  reason: text(LONGEST_REASON).optional(),
  approval: Approval.prefault({}),
  window: Window.optional(),
  verification: Verification.prefault({}),
  rollback: Rollback.prefault({}),
  planOnly: z.boolean().default(false),
  /** The target of a rollout that this change is: its plan has to be the one that the rollout was approved with. */
  rollout: z.strictObject({ id: z.string().regex(ROLLOUT_ID), position: z.int().min(1) }).optional(),
});
export type ChangeRequest = z.infer<typeof ChangeRequest>;
/** A request as somebody may write it: what has a default may be left out. */
export type ChangeRequestInput = z.input<typeof ChangeRequest>;

/** A request with every default filled in, as the steps see it. */
export const FullChangeRequest = ChangeRequest.extend({
  changeId: z.string().regex(CHANGE_ID),
  /** Policy for endpoints that have to be widened when the request names none. */
  defaultProxyPolicy: z.enum(MULTI_PROXY_POLICIES),
});
export type FullChangeRequest = z.infer<typeof FullChangeRequest>;
