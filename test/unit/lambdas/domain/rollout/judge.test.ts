import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutRecord, RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { Move } from '../../../../../lambdas/contracts/rollout-steps.ts';
import { judgeRollout, takeUpAsked } from '../../../../../lambdas/domain/rollout/judge.ts';
import { MOST_ITEMS, MOST_MOVES_PER_RUN, MOST_STALLED_MOVES } from '../../../../../lambdas/domain/rollout/limits.ts';
import type { Changes, Sight } from '../../../../../lambdas/domain/rollout/sight.ts';
import { isUnderWay } from '../../../../../lambdas/domain/rollout/targets.ts';
import { later } from '../../../../support/facts.ts';
import { anySight, ask, gate, judgedThrough, plan, record, sight, target, targetsAfter } from './sights.ts';

const planless = ({ plan: _, ...rest }: RolloutRecord): RolloutRecord => rest;

describe('a judgement', () => {
  it('is the same for the same sight, and leaves the sight as it was', () => {
    fc.assert(
      fc.property(anySight, (seen) => {
        const before = structuredClone(seen);
        expect(judgedThrough(seen)).toEqual(judgedThrough(before));
        expect(seen).toEqual(before);
      }),
    );
  });

  it('names a move that the workflow can make, of no more items than it can carry', () => {
    fc.assert(fc.property(anySight, (seen) => Move.safeParse(judgedThrough(seen).move).success));
  });

  it('changes nothing of a rollout that is paused or has ended', () => {
    fc.assert(
      fc.property(anySight, (seen) => {
        fc.pre(seen.record.status !== 'running');
        const { record: judged, targets, events, move } = judgedThrough(seen);
        expect({ judged, targets, events }).toEqual({ judged: seen.record, targets: [], events: [] });
        expect(move.kind).toBe(seen.record.status === 'paused' ? 'pause' : 'end');
      }),
    );
  });

  it('begins no target of a rollout that has stopped: it only sees to their end those under way', () => {
    fc.assert(
      fc.property(anySight, (seen) => {
        const judged = judgedThrough(seen);
        fc.pre(judged.record.stop !== undefined && judged.move.kind === 'change');
        const items = judged.move.kind === 'change' ? judged.move.items : [];
        for (const item of items) expect(targetsAfter(seen, judged).find(({ position }) => position === item)?.state).toBe('running');
      }),
    );
  });

  it('begins no wave whose gate is not approved, in time and for this plan, and none outside its window', () => {
    fc.assert(
      fc.property(anySight, fc.nat(2), (any, wave) => {
        const { stop: _, ...going } = any.record;
        const targets = [1, 2, 3].map((place) => target(place, place > wave ? 'waiting' : 'applied', { wave: place }));
        const planned = { ...plan(), approve: going.request.file.gates.approve };
        const seen: Sight = {
          ...any,
          record: { ...going, plan: planned, status: 'running', wave, baked: wave },
          targets,
          asked: undefined,
        };
        const judged = judgedThrough(seen);
        if (judged.record.wave === wave) return;
        const { approve } = planned;
        const isFirst = wave === 0 && approve.includes('rollout');
        const isGated = approve.includes('each-wave') || isFirst || (wave === 1 && approve.includes('after-canary'));
        if (isGated) expect(seen.gate?.status).toBe('approved');
        if (isGated) expect(Date.parse(seen.gate?.request.expiresAt ?? '')).toBeGreaterThan(seen.now.getTime());
        expect([undefined, 'open']).toContain(seen.window?.verdict);
        expect(seen.alarm).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('never ends a rollout while a change is under way, unless it gives it up as needing somebody', () => {
    fc.assert(
      fc.property(anySight, (seen) => {
        const judged = judgedThrough(seen);
        fc.pre(seen.record.status === 'running' && judged.move.kind === 'end' && judged.record.plan?.blockers.length === 0);
        expect(targetsAfter(seen, judged).filter((each) => isUnderWay(each) || each.state === 'to-undo')).toEqual([]);
      }),
    );
  });

  it('makes the same of a rollout when its targets were written and its record was not', () => {
    const sameAgain = (seen: Sight, make: (of: Sight) => (Changes & { move?: Move | undefined }) | undefined): void => {
      const made = make(seen);
      const written = made && { ...seen, targets: targetsAfter(seen, made) };
      const again = written && make(written);
      if (!made || !again) return;
      expect(targetsAfter(written, again).map(({ state }) => state)).toEqual(written.targets.map(({ state }) => state));
      expect([again.record.status, again.record.wave, again.move?.kind]).toEqual([made.record.status, made.record.wave, made.move?.kind]);
      // What goes back already goes back first, and the rollout stops after that.
      const stopsLater = again.move?.kind === 'undo' && again.record.stop === undefined;
      // Of two reasons that hold, a failure that was noted by then may be the one that is named, and not the alarm; what is done is the same.
      const where = ({ record: { stop } }: Changes) => [stop?.action, stop?.wave];
      if (!stopsLater) expect(where(again)).toEqual(where(made));
    };
    fc.assert(
      fc.property(anySight, (seen) => {
        sameAgain(seen, takeUpAsked);
        sameAgain(seen, judgeRollout);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a rollout without a plan', () => {
  const empty = planless(record());
  const clusters = Array.from({ length: 3 }, (_, index) => ({ name: `c${index + 1}`, item: index + 1 }));
  const surveyed = (...names: string[]) => names.map((cluster) => ({ cluster, selected: 1, found: 1 }));

  it('has every cluster looked at that was not yet, and is planned then', () => {
    const at = (...names: string[]) => judgedThrough(sight({ record: empty, clusters, surveys: surveyed(...names) })).move;
    expect(at('c2')).toMatchObject({ kind: 'survey', items: [1, 3] });
    expect(at('c1', 'c2', 'c3')).toEqual({ kind: 'plan' });
  });

  it('has so many clusters looked at in one move as a Map takes', () => {
    const many = Array.from({ length: MOST_ITEMS + 1 }, (_, index) => ({ name: `c${index}`, item: index + 1 }));
    const { move } = judgedThrough(sight({ record: empty, clusters: many }));
    expect(move.kind === 'survey' && move.items.length).toBe(MOST_ITEMS);
  });

  it('is given up when nothing comes of looking, with nothing written', () => {
    let standing = empty;
    for (let move = 0; move <= MOST_STALLED_MOVES; move += 1) {
      const judged = judgedThrough(sight({ record: standing, clusters }));
      standing = judged.record;
      if (judged.move.kind !== 'end') continue;
      expect(judged.move).toEqual({ kind: 'end', outcome: 'refused', says: 'nothing came of 5 attempts in a row to survey' });
      return;
    }
    expect.fail('it goes on for ever');
  });
});

describe('a rollout with a plan', () => {
  it.each([
    [
      'that something stands in the way of',
      record({ plan: plan({ blockers: ['cluster us: no answer', 'nobody may approve'] }) }),
      'refused',
    ],
    ['and nothing more wanted', { ...record(), request: { ...record().request, planOnly: true } }, 'planned'],
  ] as const)('%s begins nothing', (_what, standing, outcome) => {
    expect(judgedThrough(sight({ record: standing, targets: [target(1)] })).move).toMatchObject({ kind: 'end', outcome });
  });

  it('hands over to another execution before the history of this one is full', () => {
    expect(judgedThrough(sight({ targets: [target(1)], moves: MOST_MOVES_PER_RUN })).move).toEqual({ kind: 'hand-over', run: 1 });
    expect(judgedThrough(sight({ targets: [target(1)], moves: MOST_MOVES_PER_RUN - 1 })).move.kind).toBe('change');
  });

  it('is given up when nothing comes of asking for its approval', () => {
    let standing = record({ plan: plan({ approve: ['rollout'] }) });
    const kinds: string[] = [];
    for (let move = 0; move <= MOST_STALLED_MOVES; move += 1) {
      const judged = judgedThrough(sight({ record: standing, targets: [target(1)] }));
      standing = judged.record;
      kinds.push(judged.move.kind);
    }
    expect(kinds).toEqual([...Array.from({ length: MOST_STALLED_MOVES }, () => 'approve'), 'end']);
    expect(standing.stop).toMatchObject({ cause: 'fault', says: 'nothing came of 5 attempts in a row to approve' });
  });

  it('leaves to somebody what it gave up half-way', () => {
    const standing = record({ wave: 1, stalled: MOST_STALLED_MOVES - 1 });
    const targets = [target(1, 'running'), target(2, 'waiting', { lane: 2 })];
    const first = judgedThrough(sight({ record: standing, targets }));
    let judged = judgedThrough(sight({ record: { ...first.record, stalled: MOST_STALLED_MOVES - 1 }, targets }));
    expect(judged.move).toMatchObject({ kind: 'end', outcome: 'needs-operator' });
    expect(judged.targets).toMatchObject([{ position: 1, state: 'needs-operator', failed: true }]);
    judged = judgedThrough(sight({ record: judged.record, targets: [judged.targets[0] ?? target(1), target(2, 'waiting', { lane: 2 })] }));
    expect(judged.move.kind).toBe('end');
  });
});

describe('every rollout', () => {
  /** What the world makes of one move, by chance. */
  interface World {
    readonly pick: (most: number) => number;
    readonly deaf: boolean;
  }

  const ENDS = ['applied', 'applied', 'applied', 'unchanged', 'rolled-back', 'refused', 'drifted', 'needs-operator', 'waiting'] as const;
  const UNDONE = ['undone', 'undone', 'undone', 'needs-operator', 'to-undo'] as const;
  const SAMPLES = ['good', 'good', 'good', 'good', 'bad', 'unhealthy', 'unmeasured'] as const;

  function sampled(each: RolloutTarget, now: string, { pick }: World): RolloutTarget {
    const state = SAMPLES[pick(SAMPLES.length)] ?? 'good';
    const { tally: former } = each;
    const streak =
      former?.streak?.state === state ? { ...former.streak, length: former.streak.length + 1 } : { state, length: 1, since: now };
    const taken = (former?.taken ?? 0) + 1;
    return { ...each, tally: { startedAt: former?.startedAt ?? now, taken, flips: former?.flips ?? 0, problems: [state], streak } };
  }

  /** Plays a rollout to its end. @returns how many moves that took; undefined when it did not come to one. */
  function play(from: Sight, world: World, controls: readonly (number | undefined)[]): number | undefined {
    const { pick } = world;
    let now = from.now.toISOString();
    let [standing, targets, seen] = [from.record, [...from.targets], from];
    for (let moves = 0; moves < 5_000; moves += 1) {
      const control = controls[moves];
      const asked =
        control === undefined ? undefined : ask((['pause', 'abort', 'undo-wave', 'undo-all', 'resume'] as const)[control] ?? 'pause');
      seen = sight({
        ...seen,
        record: standing,
        targets,
        now: new Date(now),
        moves: moves % (MOST_MOVES_PER_RUN + 1),
        ...(asked && { asked }),
      });
      if (!asked) seen = { ...seen, asked: undefined };
      const judged = judgedThrough(seen);
      targets = targetsAfter(seen, judged);
      standing = judged.record;
      const { move } = judged;
      now = later((Date.parse(now) - from.now.getTime()) / 1000 + 5);
      if (move.kind === 'end') return moves;
      if (move.kind === 'pause') standing = { ...standing, status: 'running' };
      if (move.kind === 'wait') now = move.until > now ? move.until : now;
      if (move.kind === 'approve' && !world.deaf)
        seen = { ...seen, gate: { ...gate((['waiting', 'approved', 'rejected'] as const)[pick(3)] ?? 'approved'), revision: moves + 1 } };
      if (world.deaf) continue;
      if (move.kind === 'check')
        targets = targets.map((each) => (each.state === 'applied' && pick(8) > 0 ? sampled(each, now, world) : each));
      if (move.kind === 'change' || move.kind === 'undo') {
        const lanes = new Set(move.items.map((item) => targets.find(({ position }) => position === item)?.lane));
        const wanted = move.kind === 'change' ? ['waiting', 'running'] : ['to-undo', 'undoing'];
        targets = targets.map((each) =>
          each.wave === move.wave && lanes.has(each.lane) && wanted.includes(each.state)
            ? { ...each, state: (move.kind === 'change' ? ENDS[pick(ENDS.length)] : UNDONE[pick(UNDONE.length)]) ?? 'needs-operator' }
            : each,
        );
      }
    }
    return undefined;
  }

  it('comes to an end in finitely many moves, whatever becomes of them and whatever is asked for meanwhile', () => {
    const anyControls = fc.array(fc.option(fc.nat(4), { nil: undefined, freq: 6 }), { maxLength: 12 });
    fc.assert(
      fc.property(anySight, fc.infiniteStream(fc.nat(1_000)), fc.boolean(), anyControls, (from, chance, deaf, controls) => {
        fc.pre(from.record.status === 'running' && from.record.plan !== undefined && from.window?.verdict !== 'wait');
        fc.pre(from.record.request.file.bake.seconds < 10_000);
        const pick = (most: number): number => (chance.next().value ?? 0) % most;
        expect(play({ ...from, asked: undefined, moves: 0 }, { pick, deaf }, controls)).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });
});
