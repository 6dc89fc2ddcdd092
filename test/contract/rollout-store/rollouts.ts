import type { Holder } from '../../../lambdas/contracts/record.ts';
import type {
  Asked,
  ClusterSurvey,
  RolloutApprovalRequest,
  RolloutGate,
  RolloutPlan,
  RolloutRecord,
  RolloutRequest,
  RolloutTarget,
  TargetPlan,
} from '../../../lambdas/contracts/rollout.ts';
import { RolloutFile, type RolloutFileInput } from '../../../lambdas/contracts/rollout-file.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { later, NOW } from '../../support/facts.ts';

export const HOLDER: Holder = { description: 'process 7 on here', host: 'here', pid: 7 };
/** Awkward to keep: quotes, a line break, characters of two, three and four bytes. */
export const TEXT = `"für immer" –\n'𝄞' \\ 100 %`;

export const file = (settings: Partial<RolloutFileInput> = {}): RolloutFile =>
  RolloutFile.parse({ name: 'fleet', reason: TEXT, select: { clusters: ['*'] }, ...settings });

export const rollout = (settings: Partial<RolloutRequest> = {}): RolloutRequest => ({
  rolloutId: 'rol-1',
  file: file(),
  planOnly: false,
  ...settings,
});

export const PLAN: RolloutPlan = {
  hash: 'a-hash',
  targets: 3,
  waves: [{ wave: 1, canary: true, targets: 1, clusters: 1, lanes: 1, expectedSeconds: 90 }],
  unchanged: 1,
  blocked: 0,
  clientImpact: [{ says: TEXT, targets: 2 }],
  warnings: [],
  blockers: [],
  clusters: ['eu-west', 'us-east'],
  approve: ['rollout'],
  approvals: 2,
  expectedSeconds: 720,
  expectedCost: 0.0123,
};

/** A rollout in the middle of everything, on top of what `opened` is. */
export const underway = (opened: RolloutRecord, settings: Partial<RolloutRecord> = {}): RolloutRecord => ({
  ...opened,
  revision: opened.revision + 1,
  holder: { description: 'process 8 on here', host: 'here', pid: 8, born: '4711' },
  run: 1,
  status: 'paused',
  plan: PLAN,
  wave: 2,
  bake: { wave: 2, startedAt: NOW, nextAt: later(60), until: later(600) },
  baked: 1,
  stop: { cause: 'failures', says: TEXT, at: later(30), wave: 2, action: 'undo-wave' },
  stalled: 3,
  progress: 'change 2',
  ...settings,
});

/** Opens a rollout. @returns its record. */
export async function opened(store: RolloutStore, rolloutId = 'rol-1'): Promise<RolloutRecord> {
  await store.open(rollout({ rolloutId }), HOLDER);
  const record = await store.get(rolloutId);
  if (!record) throw new Error(`${rolloutId} is not open`);
  return record;
}

export const asked = (settings: Partial<Asked> = {}): Asked => ({
  control: 'pause',
  by: 'alice',
  via: 'machine',
  reason: TEXT,
  at: NOW,
  ...settings,
});

export const survey = (settings: Partial<ClusterSurvey> = {}): ClusterSurvey => ({
  cluster: 'eu-west',
  selected: 3,
  found: 7,
  ...settings,
});

export const targetPlan = (number: number, settings: Partial<TargetPlan> = {}): TargetPlan => ({
  cluster: 'eu-west',
  id: `db:${number}`,
  name: `orders-${number}`,
  kind: 'active-active',
  group: '0f8c',
  class: 'C1',
  before: {
    syncerMode: 'centralized',
    effectiveMode: 'centralized',
    class: 'C1',
    endpoints: [{ id: `${number}:1`, policy: 'single', nodes: [2] }],
  },
  traffic: { requestsPerSecond: 1200.5, syncBytesPerSecond: 0 },
  plan: {
    hash: `hash of ${number}`,
    needed: true,
    holdCentralized: false,
    steps: [{ name: 'Tune syncer', command: `tune db db:${number} syncer_mode distributed` }],
    clientImpact: [TEXT],
    warnings: [],
    blockers: [],
  },
  findings: [{ check: 'kernel', effect: 'warns', says: TEXT, evidence: { nothing: null, none: '', nodes: [1, 2] } }],
  ...settings,
});

export const target = (position: number, settings: Partial<RolloutTarget> = {}): RolloutTarget => ({
  position,
  wave: 1,
  lane: 1,
  cluster: 'eu-west',
  id: `db:${position}`,
  name: `orders-${position}`,
  planHash: `hash of ${position}`,
  state: 'waiting',
  ...settings,
});

export const APPROVAL: RolloutApprovalRequest = {
  rolloutId: 'rol-1',
  wave: 1,
  requestedBy: 'alice',
  plan: PLAN,
  target: { cluster: 'eu-west' },
  approvals: 2,
  requestedAt: NOW,
  expiresAt: later(86_400),
};
/** One that somebody has decided at, for each revision after the first. */
export const gate = (revision: number, by = 'bob'): RolloutGate => ({
  revision,
  request: APPROVAL,
  decisions: Array.from({ length: revision - 1 }, (_, index) => ({
    by: `${by}-${index}`,
    via: 'slack' as const,
    verdict: 'approve' as const,
    planHash: PLAN.hash,
    at: NOW,
  })),
  status: 'waiting',
});
