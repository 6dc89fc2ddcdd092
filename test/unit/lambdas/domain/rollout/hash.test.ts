import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutFileInput } from '../../../../../lambdas/contracts/rollout-file.ts';
import { rolloutHash } from '../../../../../lambdas/domain/rollout/hash.ts';
import { file } from './candidates.ts';

type Targets = Parameters<typeof rolloutHash>[1];

const first = { cluster: 'eu', id: 'db:1', position: 1, wave: 1, planHash: 'aa' } as const;
const second = { cluster: 'us', id: 'db:2', position: 2, wave: 2, planHash: 'bb' } as const;
const targets: Targets = [first, second];
const window = { opensAt: '2026-12-01T02:00:00Z', closesAt: '2026-12-01T04:00:00Z' };
const settings: Partial<RolloutFileInput> = {
  alarms: ['errors', 'latency'],
  gates: { approve: ['rollout', 'each-wave'], window },
  verification: { samples: 3 },
};
const original = rolloutHash(file(settings), targets);

/** The same value, with the keys of every object in it the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, turned(part)]),
  );
}

describe('rolloutHash', () => {
  it('is a SHA-256 in hexadecimal', () => {
    expect(original).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same whatever the order of the targets', () => {
    const any = fc.uniqueArray(
      fc.record({
        cluster: fc.constantFrom('eu', 'us'),
        id: fc.nat(20).map((n) => `db:${n}` as const),
        position: fc.nat(50),
        wave: fc.nat(3),
        planHash: fc.string(),
      }),
      { selector: ({ position }) => position },
    );
    const shuffled = any.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(fc.property(shuffled, ([all, other]) => rolloutHash(file(), other) === rolloutHash(file(), all)));
  });

  it('is the same whatever the order of the keys', () => {
    expect(rolloutHash(turned(file(settings)) as ReturnType<typeof file>, turned(targets) as Targets)).toBe(original);
  });

  it.each<[string, Partial<RolloutFileInput>]>([
    ['the name', { name: 'autumn' }],
    ['who asks and why', { requestedBy: 'alice@example.com', reason: 'CHG-1234' }],
    ['how the targets were found', { select: { targets: ['eu/orders'] } }],
    ['the order of the alarms', { alarms: ['latency', 'errors'] }],
    ['the order of the gates', { gates: { approve: ['each-wave', 'rollout'], window } }],
    ['a default that is written out', { errorBudget: 0 }],
  ])('does not change with %s', (_name, changed) => {
    expect(rolloutHash(file({ ...settings, ...changed }), targets)).toBe(original);
  });

  it.each<[string, Partial<RolloutFileInput>]>([
    ['the wanted mode', { wanted: { syncerMode: 'centralized' }, onStop: 'stop' }],
    ['the wanted policy', { wanted: { proxyPolicy: 'all-nodes' } }],
    ['what a rollback restores', { rollback: { restoreProxyPolicy: true } }],
    ['the error budget', { errorBudget: 1 }],
    ['what a stop does', { onStop: 'undo-all' }],
    ['what drift does', { onDrift: 'stop' }],
    ['the concurrency in total', { concurrency: { total: 11 } }],
    ['the concurrency per cluster', { concurrency: { perCluster: 2 } }],
    ['the bake time', { bake: { seconds: 601 } }],
    ['the samples of a bake', { bake: { samples: 4 } }],
    ['an alarm that goes', { alarms: ['errors'] }],
    ['a gate that goes', { gates: { approve: ['rollout'], window } }],
    ['the number of approvals', { gates: { ...settings.gates, approvals: 2 } }],
    ['how long a gate waits', { gates: { ...settings.gates, timeoutSeconds: 600 } }],
    ['the window', { gates: { ...settings.gates, window: { ...window, closesAt: '2026-12-01T05:00:00Z' } } }],
    ['a calendar in place of the window', { gates: { ...settings.gates, window: { calendar: 'freeze' } } }],
    ['the verification', { verification: { samples: 4 } }],
  ])('changes with %s', (_name, changed) => {
    expect(rolloutHash(file({ ...settings, ...changed }), targets)).not.toBe(original);
  });

  it.each<[string, Targets]>([
    ['the plan of a target', [first, { ...second, planHash: 'cc' }]],
    ['the cluster of a target', [first, { ...second, cluster: 'ap' }]],
    ['the id of a target', [first, { ...second, id: 'db:3' }]],
    ['the wave of a target', [first, { ...second, wave: 1 }]],
    ['the position of a target', [first, { ...second, position: 3 }]],
    [
      'targets that change places',
      [
        { ...first, position: 2 },
        { ...second, position: 1 },
      ],
    ],
    ['a target that comes', [first, second, { ...second, position: 3 }]],
    ['a target that goes', [first]],
  ])('changes with %s', (_name, changed) => {
    expect(rolloutHash(file(settings), changed)).not.toBe(original);
  });
});
