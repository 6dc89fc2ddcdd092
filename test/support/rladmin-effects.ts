import fc from 'fast-check';
import type { FaultEffect, ForeignSettings } from '../../lib/simulator/faults.ts';

export const applied = fc.boolean();
/** In commands. */
export const soon = fc.nat({ max: 12 });
export const mode = fc.constantFrom('centralized' as const, 'distributed' as const);
export const policy = fc.constantFrom('single' as const, 'all-master-shards' as const, 'all-nodes' as const);
export const node = fc.integer({ min: 1, max: 3 });

/**
 * What a command of rladmin can suffer, or what can happen beside it.
 * @param database - number of one that somebody else changes, and what is set on it.
 */
export const rladminEffects = (database: fc.Arbitrary<number>, set: fc.Arbitrary<ForeignSettings>): fc.Arbitrary<FaultEffect>[] => [
  fc.constantFrom<FaultEffect>(
    { kind: 'fail' },
    { kind: 'fail-but-applied' },
    { kind: 'no-effect' },
    { kind: 'no-answer' },
    { kind: 'lost' },
  ),
  fc.record({ kind: fc.constant('hang' as const), applied }),
  fc.record({ kind: fc.constant('garbage' as const), applied, truncateAt: fc.nat({ max: 2_000 }) }),
  fc.record({ kind: fc.constant('busy' as const), commands: soon }),
  fc.record({ kind: fc.constant('delayed' as const), commands: soon }),
  fc.record({
    kind: fc.constant('fall-back' as const),
    commands: soon,
    what: fc.constantFrom('mode' as const, 'policy' as const, 'proxies' as const),
  }),
  fc.record({ kind: fc.constant('node-down' as const), node, unbind: fc.boolean() }),
  fc.record({ kind: fc.constant('maintenance' as const), node }),
  fc.record({
    kind: fc.constant('foreign-change' as const),
    database,
    when: fc.constantFrom('before' as const, 'after' as const),
    set,
  }),
];
