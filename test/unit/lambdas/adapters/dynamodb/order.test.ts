import { describe, expect, it } from 'vitest';
import { orderedBy } from '../../../../../lambdas/adapters/dynamodb/order.ts';
import { later, NOW } from '../../../../support/facts.ts';

describe('orderedBy', () => {
  const still = { now: () => new Date(NOW) };
  const orders = (place: ReturnType<typeof orderedBy>, count: number) => Array.from({ length: count }, () => place().order);

  it('keeps the order of one writer within a millisecond', () => {
    const given = orders(orderedBy(still), 2000);
    expect(given.toSorted()).toEqual(given);
    expect(new Set(given).size).toBe(2000);
  });

  it('keeps the order of one writer whose clock is set back, and tells the moment as the clock does', () => {
    const moments = [later(5), later(6), later(2), later(7)];
    let index = -1;
    const place = orderedBy({ now: () => new Date(moments[++index] ?? NOW) });
    const given = moments.map(() => place());
    expect(given.map(({ order }) => order).toSorted()).toEqual(given.map(({ order }) => order));
    expect(given.map(({ at }) => at)).toEqual(moments);
  });

  it('orders two writers by their clocks', () => {
    const [early, late] = [orderedBy(still), orderedBy({ now: () => new Date(later(1)) })];
    const [second, first] = [late().order, early().order];
    expect([second, first].toSorted()).toEqual([first, second]);
  });

  it('never gives two writers the same place', () => {
    const given = Array.from({ length: 200 }, () => orders(orderedBy(still), 3)).flat();
    expect(new Set(given).size).toBe(600);
  });
});
