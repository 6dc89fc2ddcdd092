import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RolloutFile } from '../../../../../lambdas/contracts/rollout-file.ts';
import { RankedQueue } from '../../../../../lambdas/domain/rollout/ranked-queue.ts';
import { byTraffic, type Candidate, countOf, dealLanes, type Placed, placeInWaves } from '../../../../../lambdas/domain/rollout/waves.ts';
import { anyCandidates, anySettings, candidate, file } from './candidates.ts';

type Settings = Pick<RolloutFile, 'waves' | 'concurrency'>;
type Waves = Partial<RolloutFile['waves']>;

const settings = (waves: Waves = {}, perCluster = 1): Settings => file({ waves, concurrency: { perCluster } });
const wavesOf = (placed: readonly Placed[]): Placed[][] => [...Map.groupBy(placed, ({ wave }) => wave).values()];
const keyOf = ({ cluster, id }: Candidate): string => `${cluster}/${id}`;
const keysByWave = (placed: readonly Placed[]): string[][] => wavesOf(placed).map((wave) => wave.map(keyOf));
const many = (count: number, settingsOf: (number: number) => Partial<Candidate> = () => ({})): Candidate[] =>
  Array.from({ length: count }, (_, index) => candidate(index + 1, settingsOf(index + 1)));

/** The rule as it was written down, for two: told apart from the way in which the code goes about it. */
function mayNotMeet(a: Candidate, b: Candidate, { waves }: Settings): boolean {
  if (a.group !== undefined && b.group !== undefined) return a.group === b.group;
  const couldBeAnything = [a, b].some(({ group, kind }) => group === undefined && kind !== 'replica-of' && kind !== 'none');
  return waves.sameNameIsOneGroup && a.name === b.name && couldBeAnything;
}

/** The largest size of each of so many waves. */
function limitsOf({ waves: { canary, sizes } }: Settings, total: number, count: number): number[] {
  const limits = [canary, ...sizes].map((size) => countOf(size, total)).filter((limit, index) => index > 0 || limit > 0);
  return Array.from({ length: count }, (_, index) => limits[index] ?? limits.at(-1) ?? 0);
}

describe('placeInWaves', () => {
  it('gives every candidate one place, and numbers the places by wave', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, (candidates, any) => {
        const placed = placeInWaves(candidates, any);
        expect(placed.map(keyOf).sort()).toEqual(candidates.map(keyOf).sort());
        expect(placed.map(({ position }) => position)).toEqual(candidates.map((_, index) => index + 1));
        expect([...new Set(placed.map(({ wave }) => wave))]).toEqual(wavesOf(placed).map((_, index) => index + 1));
      }),
    );
  });

  it('keeps what it was told of a candidate', () => {
    const [placed] = placeInWaves([{ ...candidate(1), planHash: 'abc' }], settings());
    expect(placed).toEqual({ ...candidate(1), planHash: 'abc', position: 1, wave: 1, lane: 1, canary: true });
  });

  it('never puts two into a wave that may not change together', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, (candidates, any) => {
        for (const wave of wavesOf(placeInWaves(candidates, any)))
          for (const [index, one] of wave.entries())
            expect(wave.slice(index + 1).filter((other) => mayNotMeet(one, other, any))).toEqual([]);
      }),
    );
  });

  it('gives a cluster at most as many lanes as it may have, all of about one length, and no lane to two clusters', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, (candidates, any) => {
        for (const wave of wavesOf(placeInWaves(candidates, any))) {
          const lanes = [...Map.groupBy(wave, ({ lane }) => lane)];
          expect(lanes.map(([lane]) => lane).sort((a, b) => a - b)).toEqual(lanes.map((_, index) => index + 1));
          for (const [, members] of lanes) expect(new Set(members.map(({ cluster }) => cluster)).size).toBe(1);
          for (const ofCluster of Map.groupBy(lanes, ([, [first]]) => first?.cluster).values()) {
            const lengths = ofCluster.map(([, members]) => members.length);
            expect(lengths.length).toBeLessThanOrEqual(any.concurrency.perCluster);
            expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('makes no wave larger than its size, and fills every one where nothing is in the way', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, fc.boolean(), (all, any, alike) => {
        const candidates = alike ? all : all.map((each, index) => ({ ...each, name: `n${index}`, group: undefined }));
        const waves = wavesOf(placeInWaves(candidates, any));
        const limits = limitsOf(any, candidates.length, waves.length);
        for (const [index, wave] of waves.entries()) expect(wave.length).toBeLessThanOrEqual(limits[index] ?? 0);
        if (!alike) for (const [index, wave] of waves.slice(0, -1).entries()) expect(wave.length).toBe(limits[index]);
      }),
    );
  });

  it('does not depend on the order of the candidates', () => {
    const shuffled = anyCandidates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, anySettings, ([candidates, other], any) => {
        expect(placeInWaves(other, any)).toEqual(placeInWaves(candidates, any));
      }),
    );
  });

  it('takes into each wave, from the least traffic on, whatever fits beside what was taken and is first of its group', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, (candidates, any) => {
        const left = new Set(candidates.toSorted(byTraffic));
        const waves = wavesOf(placeInWaves(candidates, any));
        const limits = limitsOf(any, candidates.length, waves.length);
        for (const [index, wave] of waves.entries()) {
          const expected: Candidate[] = [];
          const groups = new Set<string>();
          for (const one of left) {
            if (expected.length === limits[index]) break;
            const isFirst = one.group === undefined || !groups.has(one.group);
            if (one.group !== undefined) groups.add(one.group);
            if (isFirst && !expected.some((other) => mayNotMeet(one, other, any))) expected.push(one);
          }
          expect(wave.map(keyOf)).toEqual(expected.map(keyOf));
          for (const one of expected) left.delete(one);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('plans what is left after any number of waves as before, when it is told the sizes of the waves to come', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, fc.nat(5), (candidates, any, done) => {
        const placed = placeInWaves(candidates, any);
        const left = wavesOf(placed).slice(done);
        fc.pre(left.length > 0);
        const again = placeInWaves(left.flat(), { ...any, waves: { ...any.waves, canary: 0, sizes: left.map(({ length }) => length) } });
        const lanes = (waves: Placed[][]) => waves.map((wave) => wave.map((target) => [keyOf(target), target.lane]));
        expect(lanes(wavesOf(again))).toEqual(lanes(left));
      }),
    );
  });

  it('keeps the members of a group in order when what is left is planned with other sizes', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, anySettings, fc.nat(5), (candidates, any, other, done) => {
        const left = placeInWaves(candidates, any).filter(({ wave }) => wave > done);
        const byGroup = (placed: readonly Placed[]) =>
          Map.groupBy(
            placed.filter(({ group }) => group !== undefined),
            ({ group }) => group,
          );
        const again = byGroup(placeInWaves(left, other));
        for (const [group, members] of byGroup(left)) expect(again.get(group)?.map(keyOf)).toEqual(members.map(keyOf));
      }),
    );
  });

  it('keeps the whole order when what is left is planned with other sizes and nothing is in the way of anything', () => {
    fc.assert(
      fc.property(anyCandidates, anySettings, anySettings, fc.nat(5), (all, any, other, done) => {
        const candidates = all.map((each, index) => ({ ...each, name: `n${index}`, group: undefined }));
        const left = placeInWaves(candidates, any).filter(({ wave }) => wave > done);
        expect(placeInWaves(left, other).map(keyOf)).toEqual(left.map(keyOf));
      }),
    );
  });

  it('has no wave when there is no candidate', () => {
    expect(placeInWaves([], settings())).toEqual([]);
  });

  it.each<[string, Waves, number[]]>([
    ['a canary, then the sizes, the last of them again', { canary: 2, sizes: [3, 4] }, [2, 3, 4, 4, 4, 3]],
    ['shares of all candidates, rounded up', { canary: '1%', sizes: ['11%', '50%'] }, [1, 3, 10, 6]],
    ['no canary', { canary: 0, sizes: [12] }, [12, 8]],
    ['no canary as a share', { canary: '0%', sizes: ['100%'] }, [20]],
    ['the default sizes', {}, [1, 2, 5, 12]],
  ])('makes waves of %s', (_name, waves, lengths) => {
    expect(wavesOf(placeInWaves(many(20), settings(waves))).map(({ length }) => length)).toEqual(lengths);
  });

  it('calls the targets of the first wave canaries, and no others', () => {
    const placed = placeInWaves(many(3), settings({ canary: 2, sizes: [1] }));
    expect(placed.map(({ canary }) => canary)).toEqual([true, true, false]);
  });

  it('has no canaries where none are wanted', () => {
    expect(placeInWaves(many(2), settings({ canary: 0 })).some(({ canary }) => canary)).toBe(false);
  });

  it('begins with the least requests, then the least replication, and leaves what is not known to the end', () => {
    const traffic = [
      undefined,
      { syncBytesPerSecond: 1 },
      { requestsPerSecond: 10, syncBytesPerSecond: 1 },
      { requestsPerSecond: 9 },
      { requestsPerSecond: 9, syncBytesPerSecond: 800 },
    ];
    const placed = placeInWaves(
      traffic.map((each, index) => candidate(index + 1, { traffic: each })),
      settings({ canary: 1, sizes: [1] }),
    );
    expect(placed.map(({ id }) => id)).toEqual(['db:5', 'db:4', 'db:3', 'db:2', 'db:1']);
  });

  it('goes by cluster and number where the traffic is the same', () => {
    const here = [candidate(10, { cluster: 'a' }), candidate(9, { cluster: 'a' }), candidate(1, { cluster: 'b' })];
    expect(placeInWaves(here, settings()).map(({ id }) => id)).toEqual(['db:9', 'db:10', 'db:1']);
  });

  it('takes the canary with the least known traffic of any group', () => {
    const busy = candidate(1, { group: 'g', traffic: { requestsPerSecond: 50 } });
    const calm = candidate(2, { group: 'g', traffic: { requestsPerSecond: 3 } });
    expect(keysByWave(placeInWaves([busy, candidate(3), calm], settings({ sizes: [1] })))[0]).toEqual(['c2/db:2']);
  });

  it('begins the next wave with the members that had to wait', () => {
    const placed = placeInWaves(
      many(6, (number) => (number <= 3 ? { group: 'g' } : {})),
      settings({ canary: 0, sizes: [3, 2] }),
    );
    expect(keysByWave(placed)).toEqual([['c1/db:1', 'c4/db:4', 'c5/db:5'], ['c2/db:2', 'c6/db:6'], ['c3/db:3']]);
  });

  const together = (...pair: [Partial<Candidate>, Partial<Candidate>]): boolean => {
    const named = pair.map((each, index) => candidate(index + 1, { name: 'orders', ...each }));
    return wavesOf(placeInWaves(named, settings({ canary: 0, sizes: ['100%'] }))).length === 1;
  };
  it.each<[string, Partial<Candidate>, Partial<Candidate>, boolean]>([
    ['two of one group, whatever their names', { group: 'g' }, { group: 'g', name: 'orders-us' }, false],
    ['two of different groups', { group: 'g' }, { group: 'h' }, true],
    ['two of which nothing is known', { kind: undefined }, { kind: undefined }, false],
    ['two Active-Active ones of no known group', { kind: 'active-active' }, { kind: 'both' }, false],
    ['a member of a group and one of which nothing is known', { group: 'g', kind: 'active-active' }, { kind: undefined }, false],
    ['a replica and one of which nothing is known', { kind: 'replica-of' }, { kind: undefined }, false],
    ['two replicas', { kind: 'replica-of' }, { kind: 'replica-of' }, true],
    ['a member of a group and a replica', { group: 'g', kind: 'active-active' }, { kind: 'replica-of' }, true],
    ['two unknown ones of different names', { kind: undefined }, { kind: undefined, name: 'carts' }, true],
  ])('changes databases of one name together or not: %s', (_name, one, other, expected) => {
    expect([together(one, other), together(other, one)]).toEqual([expected, expected]);
  });

  it('changes databases of one name together where the file says that names mean nothing', () => {
    const unknown = many(3, () => ({ name: 'orders', kind: undefined }));
    expect(wavesOf(placeInWaves(unknown, settings({ canary: 0, sizes: ['100%'], sameNameIsOneGroup: false })))).toHaveLength(1);
  });

  it('keeps two members of different known groups together although a third may be of either', () => {
    const three = [{ kind: undefined }, { group: 'g' }, { group: 'h' }].map((each, index) => candidate(index, { name: 'orders', ...each }));
    expect(keysByWave(placeInWaves(three, settings({ canary: 0, sizes: ['100%'] })))).toEqual([['c0/db:0'], ['c1/db:1', 'c2/db:2']]);
  });
});

describe('placeInWaves at 20,000 candidates', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each<[string, (number: number) => Partial<Candidate>, number]>([
    ['of no group', () => ({}), 8],
    ['of one group', () => ({ group: 'g' }), 20_000],
    ['of one name and unknown groups', () => ({ name: 'orders', kind: undefined }), 20_000],
    ['of one name, half of them unknown', (n) => ({ name: 'orders', ...(n % 2 === 0 ? { group: `g${n}` } : { kind: undefined }) }), 10_001],
    ['of one name, the unknown ones before replicas', (n) => ({ name: 'orders', kind: n < 9_000 ? undefined : 'replica-of' }), 8_999],
  ])('%s looks at each a few times', (_name, settingsOf, leastWaves) => {
    const candidates = many(20_000, (number) => ({ cluster: 'eu', ...settingsOf(number) }));
    const take = vi.spyOn(RankedQueue.prototype, 'take');
    const placed = placeInWaves(candidates, settings({ canary: 1, sizes: [100, 3_000] }));
    expect(wavesOf(placed).length).toBeGreaterThanOrEqual(leastWaves);
    expect(take.mock.calls.length).toBeLessThan(6 * candidates.length);
  });
});

describe('dealLanes', () => {
  const dealt = (clusters: string, perCluster: number) =>
    dealLanes(
      [...clusters].map((cluster) => ({ cluster })),
      perCluster,
    );

  it('deals the targets of a cluster in turn', () => {
    expect(dealt('aaaaa', 2)).toEqual([1, 2, 1, 2, 1]);
  });

  it('numbers lanes by cluster, in the order in which clusters come up', () => {
    expect(dealt('babab', 2)).toEqual([1, 3, 2, 4, 1]);
  });

  it('gives a cluster no lane that stays empty', () => {
    expect(dealt('aab', 5)).toEqual([1, 2, 3]);
  });
});
