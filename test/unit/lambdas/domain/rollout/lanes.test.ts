import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryOut, finish, sendBack } from '../../../../../lambdas/domain/rollout/lanes.ts';
import { MOST_ITEMS } from '../../../../../lambdas/domain/rollout/limits.ts';
import { anyTargets, target } from './sights.ts';

describe('carrying out a wave', () => {
  it('begins each lane at the first target that is left in it', () => {
    const targets = [
      target(1, 'applied', { lane: 1 }),
      target(2, 'waiting', { lane: 1 }),
      target(3, 'waiting', { lane: 1 }),
      target(4, 'running', { lane: 2 }),
      target(5, 'refused', { lane: 3 }),
      target(6, 'waiting', { wave: 2, lane: 1 }),
    ];
    expect(carryOut(targets, { kind: 'change', wave: 1, atOnce: 7 })).toEqual({ kind: 'change', wave: 1, items: [2, 4], atOnce: 7 });
  });

  it('hands no more lanes to one move than an execution can carry, and those first that come first', () => {
    const targets = Array.from({ length: MOST_ITEMS + 5 }, (_, index) => target(index + 1, 'waiting', { lane: index + 1 }));
    const move = carryOut(targets, { kind: 'change', wave: 1, atOnce: 10 });
    expect(move).toMatchObject({ items: targets.slice(0, MOST_ITEMS).map(({ position }) => position) });
  });
});

describe('seeing changes to their end', () => {
  it('is about those under way only: none that waits is named', () => {
    fc.assert(
      fc.property(anyTargets, (targets) => {
        const move = finish(targets, 10);
        const underWay = targets.filter(({ state }) => state === 'running' || state === 'undoing');
        expect(move !== undefined).toBe(underWay.length > 0);
        const items = move && 'items' in move ? move.items : [];
        for (const item of items) expect(underWay.map(({ position }) => position)).toContain(item);
      }),
    );
  });
});

describe('sending back', () => {
  it('begins with the latest wave, and names only what has to go back', () => {
    fc.assert(
      fc.property(anyTargets, (targets) => {
        const back = targets.filter(({ state }) => state === 'to-undo' || state === 'undoing');
        const move = sendBack(targets, 10);
        expect(move !== undefined).toBe(back.length > 0);
        if (move) expect(move).toMatchObject({ kind: 'undo', wave: Math.max(...back.map(({ wave }) => wave)) });
        const items = move && 'items' in move ? move.items : [];
        expect(items.length > 0).toBe(back.length > 0);
        for (const item of items) expect(back.map(({ position }) => position)).toContain(item);
      }),
    );
  });
});
