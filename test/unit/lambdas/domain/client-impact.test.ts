import { describe, expect, it } from 'vitest';
import { clientImpact } from '../../../../lambdas/domain/client-impact.ts';
import { endpoint, facts, OF_CLASS, towards } from '../../../support/facts.ts';

const RECONNECTS = expect.stringContaining('replication connections are re-established');

describe('clientImpact', () => {
  it('cuts no client where the proxy that serves now is kept', () => {
    expect(clientImpact(towards('distributed'), OF_CLASS.C1)).toEqual([
      expect.stringMatching(/7:1 gains proxies on node 2; no client/),
      RECONNECTS,
    ]);
  });

  it('disconnects the clients of a proxy that the policy does not keep', () => {
    const found = facts({ endpoints: [endpoint({ nodes: [3] })] });
    expect(clientImpact(towards('distributed'), found)).toEqual([expect.stringMatching(/7:1 on node 3 are disconnected/), RECONNECTS]);
  });

  it('disconnects clients when a named policy narrows', () => {
    const found = facts({ endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2, 3] })] });
    expect(clientImpact(towards('distributed', 'all-master-shards'), found)).toContainEqual(
      expect.stringMatching(/node 3 are disconnected/),
    );
  });

  it('C10: tells that setting a policy clears lists', () => {
    const found = facts({ endpoints: [endpoint({ include: [2], exclude: [3], nodes: [1] })] });
    expect(clientImpact(towards('distributed'), found)).toContainEqual(
      expect.stringMatching(/clears the lists of endpoint 7:1 \(\+2 -3\)/),
    );
  });

  it('speaks of every endpoint that is bound', () => {
    const found = facts({ endpoints: [endpoint(), endpoint({ id: '7:2' })] });
    expect(clientImpact(towards('distributed'), found)).toHaveLength(3);
  });

  it('promises no new proxy where the bound nodes stay the same', () => {
    const found = facts({ primaryNodes: [1] });
    expect(clientImpact(towards('distributed'), found).join('; ')).not.toMatch(/node ;/);
  });

  it.each(['D0', 'D1', 'D2'] as const)('is limited to replication on the way to centralized from %s', (name) => {
    expect(clientImpact(towards('centralized'), OF_CLASS[name])).toEqual([RECONNECTS]);
  });
});
