/** Rollouts as they come out of a store, for tests of what is shown of them. */
import type { PlannedWave, RolloutPlan, RolloutRecord, RolloutTarget, TargetPlan } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile, type RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { Output } from '../../lib/cli/output.ts';

export const NOW = '2026-12-01T02:00:00.000Z';
export const HASH = 'abcdef0123456789abcdef';

export const rolloutFile = (settings: Partial<RolloutFileInput> = {}): RolloutFile =>
  RolloutFile.parse({ name: 'spring', requestedBy: 'alice', select: { clusters: ['*'] }, ...settings });

export const wave = (number: number, settings: Partial<PlannedWave> = {}): PlannedWave => ({
  wave: number,
  canary: number === 1,
  targets: 1,
  clusters: 1,
  lanes: 1,
  expectedSeconds: 90,
  ...settings,
});

export const rolloutPlan = (settings: Partial<RolloutPlan> = {}): RolloutPlan => ({
  hash: HASH,
  targets: 2,
  waves: [wave(1), wave(2)],
  unchanged: 0,
  blocked: 0,
  clientImpact: [],
  warnings: [],
  blockers: [],
  clusters: ['eu'],
  approve: [],
  approvals: 1,
  expectedSeconds: 7_500,
  expectedCost: 0.004,
  ...settings,
});

export const rolloutRecord = (settings: Partial<RolloutRecord> = {}): RolloutRecord => ({
  revision: 1,
  request: { rolloutId: 'rol-spring', file: rolloutFile(), planOnly: false },
  startedAt: NOW,
  holder: { description: 'process 1 on test', host: 'test' },
  run: 0,
  status: 'running',
  plan: rolloutPlan(),
  wave: 1,
  baked: 0,
  stalled: 0,
  ...settings,
});

export const rolloutTarget = (position: number, settings: Partial<RolloutTarget> = {}): RolloutTarget => ({
  position,
  wave: 1,
  lane: 1,
  cluster: 'eu',
  id: `db:${position}`,
  name: `n${position}`,
  planHash: 'aa',
  state: 'waiting',
  ...settings,
});

/** A database behind one proxy that is to be switched, with the commands of rladmin. */
export const targetPlan = (settings: Partial<TargetPlan> = {}): TargetPlan => ({
  cluster: 'eu',
  id: 'db:1',
  name: 'n1',
  class: 'C1',
  before: {
    syncerMode: 'centralized',
    effectiveMode: 'centralized',
    class: 'C1',
    endpoints: [{ id: '1:1', policy: 'single', nodes: [2] }],
  },
  plan: {
    hash: 'aa',
    needed: true,
    holdCentralized: false,
    steps: [
      { name: 'Rebind policy', command: 'bind db db:1 endpoint 1:1 policy all-nodes' },
      { name: 'Tune syncer', command: 'tune db db:1 syncer_mode distributed' },
    ],
    clientImpact: [],
    warnings: [],
    blockers: [],
  },
  findings: [],
  ...settings,
});

export const plainOutput = (engine: 'local' | 'aws' = 'local'): Output => new Output({ json: false, quiet: false, color: false, engine });
