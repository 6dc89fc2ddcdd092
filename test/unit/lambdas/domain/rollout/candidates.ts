import * as fc from 'fast-check';
import { RolloutFile, type RolloutFileInput } from '../../../../../lambdas/contracts/rollout-file.ts';
import type { Candidate } from '../../../../../lambdas/domain/rollout/waves.ts';

export const file = (settings: Partial<RolloutFileInput> = {}): RolloutFile =>
  RolloutFile.parse({ name: 'spring', select: { clusters: ['*'] }, ...settings });

/** One Replica Of destination on a cluster of its own, which nothing keeps from being changed beside others. */
export const candidate = (number: number, settings: Partial<Candidate> = {}): Candidate => ({
  cluster: `c${number}`,
  id: `db:${number}`,
  name: `n${number}`,
  kind: 'replica-of',
  ...settings,
});

/** Databases of few names, groups and clusters, so that they are in each other's way; some clusters tell less than others. */
export const anyCandidates: fc.Arbitrary<Candidate[]> = fc
  .array(
    fc.record({
      cluster: fc.constantFrom('eu', 'us', 'ap', 'af'),
      name: fc.constantFrom('orders', 'carts', 'ledger'),
      group: fc.constantFrom(undefined, undefined, 'g1', 'g2', 'g3'),
      kind: fc.constantFrom(undefined, 'active-active', 'both', 'replica-of', 'none'),
      traffic: fc.constantFrom(
        undefined,
        {},
        { requestsPerSecond: 5 },
        { requestsPerSecond: 5, syncBytesPerSecond: 2 },
        { syncBytesPerSecond: 9 },
        { requestsPerSecond: 0 },
      ),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((settings, index) => ({ ...settings, id: `db:${index + 1}` as const })));

const anyAmount = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);
export const anySettings: fc.Arbitrary<Pick<RolloutFile, 'waves' | 'concurrency'>> = fc
  .record({
    canary: fc.oneof(fc.constant(0), fc.constant('0%'), anyAmount),
    sizes: fc.array(anyAmount, { minLength: 1, maxLength: 4 }),
    sameNameIsOneGroup: fc.boolean(),
    perCluster: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ perCluster, ...waves }) => file({ waves, concurrency: { perCluster } }));
