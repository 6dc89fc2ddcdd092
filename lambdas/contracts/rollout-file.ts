import * as z from 'zod';
import { Approval, LONGEST_REASON, Rollback, Target, Verification, Window } from './request.ts';
import { MULTI_PROXY_POLICIES, SYNCER_MODES } from './words.ts';

const text = (max: number) => z.string().trim().min(1).max(max);
const pattern = (form: RegExp, expected: string) => z.string(`expected ${expected}`).max(130).regex(form, `expected ${expected}`);
/** `*` stands for any number of characters, `?` for one. */
const clusterPattern = pattern(/^[A-Za-z0-9._*?-]+$/, 'a cluster name or a pattern such as "eu-*"');
const databasePattern = pattern(/^(?:db:[1-9]\d{0,8}|[A-Za-z0-9*?-]+)$/, 'a database name, a pattern such as "orders-*", or "db:<number>"');
const targetPattern = pattern(
  /^[A-Za-z0-9._*?-]+\/(?:db:[1-9]\d{0,8}|[A-Za-z0-9*?-]+)$/,
  '<cluster>/<database>, each a name or a pattern, such as "*/ledger"',
);
const oneTarget = z.string('expected <cluster>/<database>').refine((value) => {
  const [cluster, database, ...rest] = value.split('/');
  return rest.length === 0 && Target.safeParse({ cluster, database }).success;
}, 'expected <cluster>/<name> or <cluster>/db:<number>');

/** A number of targets, or a share of all of them as `10%`, rounded up. */
const AMOUNT = 'expected a whole number, or a share such as "10%"';
export const Amount = z.union([z.int().min(0).max(100_000), z.string().regex(/^(?:100|[1-9]?\d)%$/, AMOUNT)], AMOUNT);
export type Amount = z.infer<typeof Amount>;
const isNothing = (amount: Amount): boolean => amount === 0 || amount === '0%';

/** Classes of databases that a rollout may select: what is not understood is never switched. */
export const SELECTABLE_CLASSES = ['C1', 'C2', 'C3', 'D0', 'D1', 'D2'] as const;

/** More travel badly through an execution; patterns take any number. */
const MOST_LISTED = 1_000;

const Selection = z
  .strictObject({
    /** Names of clusters, or patterns. */
    clusters: z.array(clusterPattern).min(1).optional(),
    /** Names of databases, or patterns. */
    databases: z.array(databasePattern).min(1).optional(),
    /** How they replicate. Where a cluster does not say, a database is not selected by it. */
    kinds: z
      .array(z.enum(['active-active', 'replica-of', 'both']))
      .min(1)
      .optional(),
    classes: z.array(z.enum(SELECTABLE_CLASSES)).min(1).optional(),
    /** Databases one by one, beside what the patterns select. */
    targets: z.array(oneTarget).min(1).max(MOST_LISTED).optional(),
    /** What is left out, whatever selects it. */
    exclude: z.array(targetPattern).max(MOST_LISTED).default([]),
  })
  .refine(
    ({ clusters, databases, kinds, classes, targets }) => [clusters, databases, kinds, classes, targets].some((part) => part !== undefined),
    'selects nothing: name clusters, databases, kinds, classes or targets ({ "clusters": ["*"] } is everything)',
  );
export type Selection = z.infer<typeof Selection>;

/** What is done with what was applied when a rollout stops by itself: nothing, the members of its wave go back, or all do. */
export const STOP_ACTIONS = ['stop', 'undo-wave', 'undo-all'] as const;
export type StopAction = (typeof STOP_ACTIONS)[number];

export const APPROVAL_POINTS = ['rollout', 'after-canary', 'each-wave'] as const;

/** What has a default may stay open: each change lays it over what is configured. */
const PartialVerification = z.custom<z.input<typeof Verification>>().superRefine((value, context) => {
  for (const issue of Verification.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue, code: 'custom' });
});

const Fields = z.strictObject({
  $schema: z.string().optional(),
  /** Short: it becomes part of the ids of the rollout and of its changes. */
  name: pattern(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?$/, 'letters, digits and hyphens, at most 30'),
  requestedBy: text(200).optional(),
  reason: text(LONGEST_REASON).optional(),
  select: Selection,
  wanted: z
    .strictObject({ syncerMode: z.enum(SYNCER_MODES).default('distributed'), proxyPolicy: z.enum(MULTI_PROXY_POLICIES).optional() })
    .prefault({}),
  waves: z
    .strictObject({
      /** Targets of the first wave, those with the least traffic; 0 for none. */
      canary: Amount.default(1),
      /** Largest size of each wave after it; the last one is repeated until every target is in a wave. */
      sizes: z
        .array(Amount.refine((size) => !isNothing(size), 'a wave without targets would never end'))
        .min(1)
        .max(100)
        .default(['10%', '25%', '100%']),
      /** Databases of one name on several clusters count as one group where the clusters do not tell their groups. */
      sameNameIsOneGroup: z.boolean().default(true),
    })
    .prefault({}),
  concurrency: z
    .strictObject({ total: z.int().min(1).max(1_000).default(10), perCluster: z.int().min(1).max(100).default(1) })
    .prefault({}),
  bake: z
    .strictObject({
      /** How long a wave is watched before the next one begins. */
      seconds: z.int().min(0).max(604_800).default(600),
      /** Least number of good samples in a row of every member, spread over that time. */
      samples: z.int().min(1).max(60).default(3),
    })
    .prefault({}),
  /** Failures that are tolerated: 2 stops at the third. */
  errorBudget: z.int().min(0).max(100_000).default(0),
  /** Names of CloudWatch alarms; while one of them is raised, the rollout stops. */
  alarms: z.array(text(255)).max(100).default([]),
  onStop: z.enum(STOP_ACTIONS).optional(),
  /** What to do about a target that is no longer as it was planned: leave it out and go on, or stop. */
  onDrift: z.enum(['set-aside', 'stop']).default('set-aside'),
  gates: z
    .strictObject({
      /** When people are asked. A cluster whose changes need an approval asks for `rollout` by itself. */
      approve: z.array(z.enum(APPROVAL_POINTS)).max(APPROVAL_POINTS.length).default([]),
      approvals: Approval.shape.approvals,
      timeoutSeconds: Approval.shape.timeoutSeconds,
      /** When changes may begin. */
      window: Window.optional(),
    })
    .prefault({}),
  verification: PartialVerification.optional(),
  rollback: Rollback.optional(),
});

/** In bytes as JSON. A rollout is the input of an execution, which may have 262,144 bytes in all. */
const LARGEST = 200_000;
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** What the rule about `onStop` looks at: it holds whatever else may be wrong. */
const Directed = z.looseObject({ wanted: z.looseObject({ syncerMode: z.enum(SYNCER_MODES) }), onStop: z.enum(STOP_ACTIONS).optional() });

/** A rollout as somebody writes it down. Unknown keys are refused: a misspelt safety option must not be ignored. */
export const RolloutFile = Fields.refine(({ wanted, onStop = 'stop' }) => wanted.syncerMode !== 'centralized' || onStop === 'stop', {
  path: ['onStop'],
  error: 'the way back to centralized is not undone: only "stop" fits',
  when: ({ value }) => Directed.safeParse(value).success,
})
  .refine((file) => bytesOf(file) <= LARGEST, {
    error: ({ input }) => `${bytesOf(input)} bytes as JSON, expected at most ${LARGEST}: name databases by patterns`,
  })
  .transform((file) => ({
    ...file,
    onStop: file.onStop ?? (file.wanted.syncerMode === 'centralized' ? ('stop' as const) : ('undo-wave' as const)),
  }));
/** With every default filled in. */
export type RolloutFile = z.infer<typeof RolloutFile>;
/** As somebody may write it: what has a default may be left out. */
export type RolloutFileInput = z.input<typeof RolloutFile>;
