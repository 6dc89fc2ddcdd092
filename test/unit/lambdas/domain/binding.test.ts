import { describe, expect, it } from 'vitest';
import type { EndpointFacts } from '../../../../lambdas/contracts/facts.ts';
import type { Write } from '../../../../lambdas/contracts/write.ts';
import { compareBinding } from '../../../../lambdas/domain/binding.ts';
import { facts } from '../../../support/facts.ts';

const on = (id: '7:1' | '7:2', policy: EndpointFacts['policy'], nodes: number[], lists: Partial<EndpointFacts> = {}): EndpointFacts => ({
  id,
  policy,
  nodes,
  include: [],
  exclude: [],
  ...lists,
});
const widen = (endpoint: '7:1' | '7:2'): Write => ({ kind: 'bind-policy', database: 'db:7', endpoint, policy: 'all-nodes' });
const before = facts({ endpoints: [on('7:1', 'single', [1]), on('7:2', 'single', [2])] });
const compare = (endpoints: EndpointFacts[], settings: { widening?: boolean; write?: Write; syncerMode?: 'distributed' } = {}) =>
  compareBinding(
    { write: settings.write ?? widen('7:1'), writes: [widen('7:1'), widen('7:2')], before, widening: settings.widening ?? true },
    facts({ endpoints, ...(settings.syncerMode && { syncerMode: settings.syncerMode }) }),
  );

describe('a reading after a bind', () => {
  it('is as wanted when the endpoint has the policy, no lists and two nodes', () => {
    expect(compare([on('7:1', 'all-nodes', [1, 2]), on('7:2', 'single', [2])])).toBe('wanted');
  });

  it('is as wanted when an earlier attempt has widened the other endpoint as well', () => {
    expect(compare([on('7:1', 'all-nodes', [1, 2]), on('7:2', 'all-nodes', [1, 2])])).toBe('wanted');
  });

  it('reaches its goal only partly while one node is bound', () => {
    expect(compare([on('7:1', 'all-nodes', [1]), on('7:2', 'single', [2])])).toBe('partly');
  });

  it('asks for no second node when a policy is put back', () => {
    expect(compare([on('7:1', 'all-nodes', [1]), on('7:2', 'single', [2])], { widening: false })).toBe('wanted');
  });

  it('is as before while nothing has changed, wherever the proxy has moved', () => {
    expect(compare([on('7:1', 'single', [3]), on('7:2', 'single', [2])])).toBe('as-before');
  });

  it.each([
    ['another policy', [on('7:1', 'all-master-shards', [1, 2]), on('7:2', 'single', [2])]],
    ['lists beside the wanted policy', [on('7:1', 'all-nodes', [1, 2], { exclude: [3] }), on('7:2', 'single', [2])]],
    ['another policy on the other endpoint', [on('7:1', 'all-nodes', [1, 2]), on('7:2', 'all-master-shards', [2])]],
    ['no such endpoint', [on('7:2', 'single', [2])]],
    ['one endpoint less', [on('7:1', 'all-nodes', [1, 2])]],
  ])('is neither when it shows %s', (_what, endpoints) => {
    expect(compare(endpoints)).toBe('neither');
  });

  it('is neither when the mode changed with it', () => {
    expect(compare([on('7:1', 'all-nodes', [1, 2]), on('7:2', 'single', [2])], { syncerMode: 'distributed' })).toBe('neither');
  });

  it('is as wanted when a list that is put back has its nodes', () => {
    const write: Write = { kind: 'bind-list', database: 'db:7', endpoint: '7:1', list: 'exclude', nodes: [3] };
    expect(compare([on('7:1', 'single', [1], { exclude: [3] }), on('7:2', 'single', [2])], { write })).toBe('wanted');
  });
});
