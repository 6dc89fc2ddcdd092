import fc from 'fast-check';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';

/** A database by numbers, so that it makes sense in a fleet of any size. */
export interface Pick {
  readonly cluster: number;
  readonly database: number;
}
export const pick: fc.Arbitrary<Pick> = fc.record({ cluster: fc.nat({ max: 4 }), database: fc.nat({ max: 4 }) });

/** A rollout file but for the databases that it lists one by one. */
export interface Outline {
  readonly file: RolloutFileInput;
  readonly listed: readonly (Pick & { readonly byName: boolean })[];
}

/** Mostly left out: the fewer keys a file has, the more it selects, and the fewer troubles meet, the more is to be seen of one. */
export const rarely = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });

const some = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** @param byClass - classes change while other rollouts run. */
const selection = (byClass: boolean) =>
  fc.record({
    clusters: fc.oneof({ weight: 3, arbitrary: fc.constant(['*']) }, { weight: 2, arbitrary: some('rs-?', 'rs-1', 'rs-2', '*-3') }),
    databases: rarely(some('*', 'db-*', 'group-*', '*-1', 'db-rs-?-2', 'db:1', 'db:2', '*-?')),
    kinds: rarely(some('active-active' as const, 'replica-of' as const, 'both' as const)),
    classes: byClass ? rarely(some('C1' as const, 'C2' as const, 'D0' as const, 'D2' as const)) : fc.constant(undefined),
    exclude: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: some('*/group-*', 'rs-1/*', '*/db:2', 'rs-2/db-*', '*/*-3', 'rs-?/db:1') },
    ),
  });

const amount = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('25%', '50%', '100%'));

/** Bakes and verifications are as short as they may be: what counts is how often something is looked at. */
export const outline = (name: string, byClass = true): fc.Arbitrary<Outline> =>
  fc
    .record({
      select: selection(byClass),
      listed: rarely(
        fc.array(fc.record({ cluster: fc.nat({ max: 4 }), database: fc.nat({ max: 4 }), byName: fc.boolean() }), { maxLength: 3 }),
      ),
      syncerMode: fc.oneof(
        { weight: 9, arbitrary: fc.constant('distributed' as const) },
        { weight: 1, arbitrary: fc.constant('centralized' as const) },
      ),
      proxyPolicy: rarely(fc.constantFrom('all-master-shards' as const, 'all-nodes' as const)),
      waves: fc.record({
        canary: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant('20%')),
        sizes: fc.array(amount, { minLength: 1, maxLength: 3 }),
        sameNameIsOneGroup: fc.boolean(),
      }),
      concurrency: fc.record({ total: fc.integer({ min: 1, max: 8 }), perCluster: fc.integer({ min: 1, max: 3 }) }),
      bake: fc.record({ seconds: fc.constantFrom(0, 60, 600), samples: fc.integer({ min: 1, max: 3 }) }),
      errorBudget: fc.constantFrom(0, 1, 3, 50, 50),
      onStop: fc.constantFrom('stop' as const, 'undo-wave' as const, 'undo-all' as const),
      onDrift: fc.constantFrom('set-aside' as const, 'stop' as const),
      approve: rarely(some('rollout' as const, 'after-canary' as const, 'each-wave' as const)),
      restoreProxyPolicy: fc.boolean(),
    })
    .map(({ select, listed = [], syncerMode, proxyPolicy, onStop, approve = [], restoreProxyPolicy, ...rest }) => ({
      listed,
      file: {
        ...rest,
        name,
        requestedBy: 'alice',
        select: Object.fromEntries(Object.entries(select).filter(([, value]) => value !== undefined)) as RolloutFileInput['select'],
        wanted: { syncerMode, ...(proxyPolicy && { proxyPolicy }) },
        onStop: syncerMode === 'centralized' ? ('stop' as const) : onStop,
        alarms: ['lag'],
        gates: { approve },
        verification: { settleSeconds: 1, intervalSeconds: 1, samples: 2, deadlineSeconds: 30 },
        rollback: { restoreProxyPolicy },
      },
    }));
