import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RankedQueue } from '../../../../../lambdas/domain/rollout/ranked-queue.ts';

describe('RankedQueue', () => {
  it('has nothing to give while it is empty, at first and after its last item', () => {
    const queue = new RankedQueue();
    const given = [queue.take()];
    queue.add({ rank: 1 });
    expect([...given, queue.take(), queue.take()]).toEqual([undefined, { rank: 1 }, undefined]);
  });

  it('always gives what ranks lowest of what is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(100)), { maxLength: 60 }), (actions) => {
        const queue = new RankedQueue();
        const within: number[] = [];
        for (const rank of actions) {
          if (rank === null) {
            expect(queue.take()?.rank).toBe(within.sort((a, b) => a - b).shift());
          } else {
            within.push(rank);
            queue.add({ rank });
          }
        }
      }),
    );
  });
});
