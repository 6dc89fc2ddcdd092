import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../../lambdas/runtime/in-parallel.ts';

describe('inParallel', () => {
  it('keeps the order of the items, whichever is done first, and never does more than so many at once', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      running -= 1;
      return turns * 10;
    });
    expect([results, most]).toEqual([[50, 10, 40, 20, 30], 2]);
  });

  it('ends with the first failure', async () => {
    const failing = async (item: number): Promise<number> => (item === 2 ? Promise.reject(new Error('two')) : item);
    await expect(inParallel([1, 2, 3], 8, failing)).rejects.toThrow('two');
  });

  it('has nothing to do without items', async () => {
    expect(await inParallel([], 8, async () => 1)).toEqual([]);
  });
});
