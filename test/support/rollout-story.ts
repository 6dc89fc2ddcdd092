/** Rollouts of any size at one moment, as they would be on record. */
import type { RolloutSource } from '../../lambdas/chatops/render/rollout/source.ts';
import type { PlannedWave, RolloutGate, RolloutPlan, RolloutRecord, RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { TargetState } from '../../lambdas/contracts/rollout-outcomes.ts';

export const AT = '2026-12-01T02:00:00.000Z';
export const ROLLOUT = 'rol-eu-night-20261201-0a1b2c3d';

export interface RolloutShape {
  /** Targets of each wave. */
  readonly waves: readonly number[];
  /** Of a target by its position, counted from 1. @default waiting */
  readonly stateOf?: (position: number) => TargetState;
  /** Every name and reason that others wrote. @default something short */
  readonly words?: string;
  readonly record?: Partial<RolloutRecord>;
}

const targetAt = (position: number, wave: number, { stateOf = () => 'waiting', words }: RolloutShape): RolloutTarget => ({
  position,
  wave,
  lane: 1,
  cluster: words ?? `cluster-${position % 50}`,
  id: `db:${position}`,
  name: words ?? `orders-${position}`,
  planHash: 'a'.repeat(64),
  state: stateOf(position),
  ...(stateOf(position) !== 'waiting' && { startedAt: AT, endedAt: '2026-12-01T02:01:30.000Z', says: words ?? 'as it was told' }),
});

const planned = (targets: number, index: number): PlannedWave => ({
  wave: index + 1,
  canary: index === 0,
  targets,
  clusters: Math.min(50, targets),
  lanes: Math.min(50, targets),
  expectedSeconds: 900,
});

export const planOf = ({ waves, words = 'clients reconnect' }: RolloutShape): RolloutPlan => ({
  hash: 'b'.repeat(64),
  targets: waves.reduce((a, b) => a + b, 0),
  waves: waves.map(planned),
  unchanged: 3,
  blocked: 2,
  clientImpact: Array.from({ length: 30 }, () => ({ says: words, targets: 7 })),
  warnings: Array.from({ length: 30 }, () => ({ says: words, targets: 7 })),
  blockers: [],
  clusters: Array.from({ length: 50 }, (_, index) => `cluster-${index}`),
  approve: ['rollout'],
  approvals: 2,
  expectedSeconds: 86_400,
  expectedCost: 12.3456,
});

export const gateOf = (wave: number, shape: RolloutShape, gate: Partial<RolloutGate> = {}): RolloutGate => ({
  revision: 1,
  request: {
    rolloutId: ROLLOUT,
    wave,
    requestedBy: shape.words ?? 'alice@example.com',
    reason: shape.words ?? 'CHG-9',
    plan: planOf(shape),
    target: { cluster: 'cluster-1' },
    approvals: 2,
    requestedAt: AT,
    expiresAt: '2026-12-02T02:00:00.000Z',
  },
  decisions: [],
  status: 'waiting',
  ...gate,
});

export function rolloutAt(shape: RolloutShape, gates: readonly RolloutGate[] = []): RolloutSource {
  const { waves, words, record = {} } = shape;
  const file = RolloutFile.parse({ name: 'eu-night', select: { clusters: ['*'] }, requestedBy: 'alice@example.com', reason: 'CHG-9' });
  const said = words === undefined ? {} : { requestedBy: words, reason: words };
  return {
    record: {
      revision: 7,
      request: { rolloutId: ROLLOUT, file: { ...file, ...said }, planOnly: false },
      startedAt: AT,
      holder: { description: 'test', host: 'test' },
      run: 0,
      status: 'running',
      plan: planOf(shape),
      wave: 0,
      baked: 0,
      stalled: 0,
      ...record,
    },
    targets: waves.flatMap((size, index) => Array.from({ length: size }, () => index + 1)).map((wave, at) => targetAt(at + 1, wave, shape)),
    gates,
    events: [],
    links: {
      runbook: 'https://example.com/runbook.md',
      record: (id) => `\`syncshift show ${id}\``,
      command: (line) => `syncshift ${line}`,
    },
  };
}
