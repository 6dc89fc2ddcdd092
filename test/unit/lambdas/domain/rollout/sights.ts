import * as fc from 'fast-check';
import type { Asked, Control, RolloutGate, RolloutPlan, RolloutRecord, RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { CONTROLS } from '../../../../../lambdas/contracts/rollout.ts';
import { APPROVAL_POINTS, type RolloutFileInput, STOP_ACTIONS } from '../../../../../lambdas/contracts/rollout-file.ts';
import { TARGET_STATE_NAMES, type TargetState } from '../../../../../lambdas/contracts/rollout-outcomes.ts';
import { SAMPLE_STATES, type Tally } from '../../../../../lambdas/contracts/verification.ts';
import type { WindowLook } from '../../../../../lambdas/contracts/window.ts';
import { judgeRollout, takeUpAsked } from '../../../../../lambdas/domain/rollout/judge.ts';
import { verificationOf } from '../../../../../lambdas/domain/rollout/requests.ts';
import type { Judged, Sight } from '../../../../../lambdas/domain/rollout/sight.ts';
import { later, NOW } from '../../../../support/facts.ts';
import { rolloutFile, rolloutPlan, rolloutRecord, rolloutTarget, wave } from '../../../../support/rollouts.ts';

export const ROLLOUT = 'rol-spring';
export const HASH = 'a'.repeat(64);

export const plan = (settings: Partial<RolloutPlan> = {}): RolloutPlan =>
  rolloutPlan({ hash: HASH, targets: 3, waves: [wave(1), wave(2), wave(3)], ...settings });

/** A rollout in no wave yet. */
export const record = (settings: Partial<RolloutRecord> = {}, asked: Partial<RolloutFileInput> = {}): RolloutRecord =>
  rolloutRecord({
    request: { rolloutId: ROLLOUT, file: rolloutFile(asked), planOnly: false },
    holder: { description: 'test', host: 'test' },
    plan: plan(),
    wave: 0,
    ...settings,
  });

export const target = (position: number, state: TargetState = 'waiting', settings: Partial<RolloutTarget> = {}): RolloutTarget =>
  rolloutTarget(position, {
    planHash: HASH,
    state,
    ...(state !== 'waiting' && state !== 'unchanged' && { startedAt: NOW }),
    ...settings,
  });

export const gate = (status: RolloutGate['status'], settings: Partial<RolloutGate['request']> = {}): RolloutGate => ({
  revision: 1,
  request: {
    rolloutId: ROLLOUT,
    wave: 1,
    requestedBy: 'alice',
    plan: plan(),
    target: { cluster: 'eu' },
    approvals: 1,
    requestedAt: NOW,
    expiresAt: later(3_600),
    ...settings,
  },
  decisions: status === 'rejected' ? [{ by: 'bob', via: 'machine', verdict: 'reject', reason: 'not today', planHash: HASH, at: NOW }] : [],
  status,
});

export const ask = (control: Control, reason?: string): Asked => ({
  control,
  by: 'olga',
  via: 'machine',
  at: NOW,
  ...(reason !== undefined && { reason }),
});

export const tally = (state: (typeof SAMPLE_STATES)[number], length: number, settings: Partial<Tally> = {}): Tally => ({
  startedAt: NOW,
  taken: length,
  streak: { state, length, since: NOW },
  flips: 0,
  problems: state === 'good' ? [] : [`it is ${state}`],
  ...settings,
});

export function sight(settings: Partial<Sight> = {}): Sight {
  const { record: standing = record() } = settings;
  return {
    record: standing,
    targets: [],
    surveys: [],
    clusters: [{ name: 'eu', item: 1 }],
    verification: verificationOf(standing.request.file, {}),
    now: new Date(NOW),
    moves: 0,
    ...settings,
  };
}

/** As the step makes it: what somebody asks for is taken up first, and the rest is judged with that on record. */
export function judgedThrough(seen: Sight): Judged & { readonly takenUp?: Asked } {
  const taken = takeUpAsked(seen);
  if (!taken) return judgeRollout(seen);
  const { takenUp, move, ...changes } = taken;
  if (move) return { ...changes, takenUp, move };
  const { asked: _, ...rest } = seen;
  const judged = judgeRollout({ ...rest, record: taken.record, targets: targetsAfter(seen, taken) });
  const changed = new Map([...taken.targets, ...judged.targets].map((each) => [each.position, each]));
  return { ...judged, targets: [...changed.values()], events: [...taken.events, ...judged.events], takenUp };
}

/** The targets as they are after a judgement. */
export const targetsAfter = ({ targets }: Sight, { targets: changed }: Pick<Judged, 'targets'>): RolloutTarget[] =>
  targets.map((each) => changed.find(({ position }) => position === each.position) ?? each);

const look = (verdict: WindowLook['verdict']): WindowLook => ({ verdict, neededSeconds: 60, says: `the window is ${verdict}` });

const anyTally: fc.Arbitrary<Tally | undefined> = fc.option(
  fc
    .record({ state: fc.constantFrom(...SAMPLE_STATES), length: fc.integer({ min: 1, max: 4 }), ago: fc.integer({ min: 0, max: 2_000 }) })
    .map(({ state, length, ago }) => tally(state, length, { startedAt: later(-ago), streak: { state, length, since: later(-ago) } })),
  { nil: undefined },
);

const anyTarget = fc.record({
  state: fc.constantFrom(...TARGET_STATE_NAMES),
  wave: fc.integer({ min: 1, max: 3 }),
  lane: fc.integer({ min: 1, max: 3 }),
  cluster: fc.constantFrom('eu', 'us'),
  failed: fc.boolean(),
  tally: anyTally,
});

const WORST: readonly TargetState[] = ['waiting', 'applied'];
export const anyTargets: fc.Arbitrary<RolloutTarget[]> = fc
  .array(
    fc.oneof(
      anyTarget,
      anyTarget.map((each) => ({ ...each, state: WORST[each.lane % 2] ?? ('waiting' as const) })),
    ),
    { maxLength: 12 },
  )
  .map((all) =>
    all
      .toSorted((a, b) => a.wave - b.wave || a.lane - b.lane)
      .map(({ state, failed, tally: samples, ...place }, index) =>
        target(index + 1, state, { ...place, ...(failed && { failed }), ...(samples && { tally: samples }) }),
      ),
  );

const anyFile: fc.Arbitrary<Partial<RolloutFileInput>> = fc.record({
  errorBudget: fc.nat(3),
  onStop: fc.constantFrom(...STOP_ACTIONS),
  onDrift: fc.constantFrom('set-aside' as const, 'stop' as const),
  gates: fc.record({ approve: fc.subarray([...APPROVAL_POINTS]) }),
  bake: fc.record({ seconds: fc.constantFrom(0, 600, 604_800), samples: fc.integer({ min: 1, max: 4 }) }),
});

const anyStop = fc.record({
  cause: fc.constantFrom('failures' as const, 'alarm' as const, 'asked' as const, 'rejected' as const, 'window' as const),
  action: fc.constantFrom(...STOP_ACTIONS),
  wave: fc.nat(3),
});

/** Rollouts at any moment: most of them could never come about, and have to be judged all the same. */
export const anySight: fc.Arbitrary<Sight> = fc
  .record({
    asked: anyFile,
    targets: anyTargets,
    status: fc.constantFrom('running' as const, 'running' as const, 'running' as const, 'paused' as const, 'ended' as const),
    wave: fc.nat(3),
    baked: fc.nat(3),
    bake: fc.option(fc.record({ wave: fc.integer({ min: 1, max: 3 }), ago: fc.integer({ min: 0, max: 2_000 }) }), { nil: undefined }),
    stop: fc.option(anyStop, { nil: undefined }),
    stalled: fc.nat(6),
    isPlanned: fc.constantFrom(true, true, true, false),
    control: fc.option(fc.constantFrom(...CONTROLS), { nil: undefined }),
    gate: fc.option(fc.constantFrom('waiting' as const, 'approved' as const, 'rejected' as const, 'closed' as const), { nil: undefined }),
    isExpired: fc.boolean(),
    alarm: fc.option(fc.constant('alarm lag is raised'), { nil: undefined }),
    window: fc.option(fc.constantFrom('open' as const, 'wait' as const, 'missed' as const), { nil: undefined }),
    moves: fc.constantFrom(0, 1, 399, 400),
  })
  .map(({ asked, status, wave, baked, bake, stop, stalled, isPlanned, control, isExpired, ...seen }) => {
    const { plan: planned, ...rest } = record({ status, wave, baked: Math.min(baked, wave), stalled }, asked);
    const standing: RolloutRecord = {
      ...rest,
      ...(isPlanned && planned && { plan: { ...planned, approve: rest.request.file.gates.approve } }),
      ...(bake && { bake: { wave: bake.wave, startedAt: later(-bake.ago), nextAt: later(600 - bake.ago), until: later(600 - bake.ago) } }),
      ...(stop && { stop: { ...stop, says: 'it stopped', at: NOW } }),
    };
    return sight({
      record: standing,
      targets: isPlanned ? seen.targets : [],
      clusters: ['eu', 'us'].map((name, index) => ({ name, item: index + 1 })),
      ...(control && { asked: ask(control) }),
      ...(seen.gate && { gate: gate(seen.gate, { expiresAt: later(isExpired ? -1 : 3_600) }) }),
      ...(seen.alarm !== undefined && { alarm: seen.alarm }),
      ...(seen.window && { window: look(seen.window) }),
      moves: seen.moves,
    });
  });

export const openWindow = look('open');
export const closedWindow: WindowLook = { ...look('wait'), until: later(300) };
export const missedWindow = look('missed');
