import { describe, expect, it } from 'vitest';
import { renderAsked, renderOpening } from '../../../../../lambdas/chatops/render/asked.ts';
import { problemsOf } from '../../../../support/slack/block-kit.ts';
import { textOf } from './reading.ts';

describe('the first message of a thread', () => {
  it('about a look at a cluster says who asked for what', () => {
    const message = renderAsked({ user: 'U123', words: 'inspect eu-west' });
    expect([textOf(message), problemsOf(message)]).toEqual(['<@U123> asked: `/syncshift inspect eu-west`', []]);
  });

  it('about a change says what is asked, by whom and why, and that it starts', () => {
    const target = { cluster: 'eu-west', database: 'orders' };
    const message = renderOpening({
      changeId: 'orders-1',
      target,
      wanted: { syncerMode: 'distributed' },
      requestedBy: 'alice@example.com',
      reason: 'CHG-1234',
    });
    expect(textOf(message)).toBe(
      ':hourglass_flowing_sand: *eu-west/orders* → distributed: starting — asked by alice@example.com: CHG-1234\nchange `orders-1`',
    );
    expect(message.text).toContain('eu-west/orders');
    expect(problemsOf(message)).toEqual([]);
  });

  it('names only what is known', () => {
    const target = { cluster: 'eu-west', database: 'orders' };
    const message = renderOpening({ changeId: 'orders-1', target, wanted: { syncerMode: 'centralized' } });
    expect(textOf(message)).toBe(':hourglass_flowing_sand: *eu-west/orders* → centralized: starting\nchange `orders-1`');
  });
});
