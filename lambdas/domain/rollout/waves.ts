import type { Amount, RolloutFile } from '../../contracts/rollout-file.ts';
import type { Traffic } from '../../contracts/traffic.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import { type Member, WaveQueue } from './wave-queue.ts';

/** A database that is to be changed. */
export interface Candidate extends Member {
  readonly cluster: string;
  readonly id: DatabaseId;
  readonly traffic?: Traffic | undefined;
}

export interface Place {
  /** From 1, over all waves: the order in which targets begin. */
  readonly position: number;
  /** From 1. */
  readonly wave: number;
  /** From 1 within the wave, over all clusters. */
  readonly lane: number;
  readonly canary: boolean;
}
export type Placed<C extends Candidate = Candidate> = C & Place;

const numberOf = (id: DatabaseId): number => Number(id.slice('db:'.length));

/** By its code units, so that it is the same wherever it runs. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A figure that is not known counts as higher than any that is. */
function compareFigures(a: number | undefined, b: number | undefined): number {
  const [left, right] = [a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY];
  return left === right ? 0 : left - right;
}

/** Least traffic first: requests of clients, then bytes of replication; what is not known comes last. Then by cluster and number. */
export const byTraffic = (a: Candidate, b: Candidate): number =>
  compareFigures(a.traffic?.requestsPerSecond, b.traffic?.requestsPerSecond) ||
  compareFigures(a.traffic?.syncBytesPerSecond, b.traffic?.syncBytesPerSecond) ||
  compareText(a.cluster, b.cluster) ||
  numberOf(a.id) - numberOf(b.id);

/** A number of targets; a share of all of them is rounded up. */
export const countOf = (amount: Amount, total: number): number =>
  typeof amount === 'number' ? amount : Math.ceil((total * Number.parseInt(amount, 10)) / 100);

/** The most targets of each wave, from the first one on; the last figure is for all waves behind it. At least 1 each. */
function largestSizes({ canary, sizes }: RolloutFile['waves'], total: number): number[] {
  const first = countOf(canary, total);
  return [...(first > 0 ? [first] : []), ...sizes.map((size) => Math.max(1, countOf(size, total)))];
}

/**
 * The lane of each target of a wave. The targets of a cluster are dealt in turn to as many lanes as it may have, so that two lanes of a
 * cluster differ by one target at most; lanes are numbered by cluster, in the order in which the clusters come up.
 */
export function dealLanes(targets: readonly Pick<Candidate, 'cluster'>[], perCluster: number): number[] {
  const countByCluster = new Map<string, number>();
  for (const { cluster } of targets) countByCluster.set(cluster, (countByCluster.get(cluster) ?? 0) + 1);
  const lanesOf = new Map<string, { readonly first: number; readonly lanes: number; dealt: number }>();
  let first = 1;
  for (const [cluster, count] of countByCluster) {
    const lanes = Math.min(count, perCluster);
    lanesOf.set(cluster, { first, lanes, dealt: 0 });
    first += lanes;
  }
  return targets.map(({ cluster }) => {
    const own = lanesOf.get(cluster) ?? { first, lanes: 1, dealt: 0 };
    return own.first + (own.dealt++ % own.lanes);
  });
}

/**
 * Gives every candidate its place, by the order of `byTraffic` and by what may change together (see `WaveQueue`), whatever the order in
 * which they are handed over.
 *
 * Planning anew what is left after a number of waves gives the same waves again when it is told their sizes as numbers; with other sizes,
 * members of one group still keep their order, and so does everything when no two are of one group.
 *
 * @param candidates - no two of them are the same database.
 */
export function placeInWaves<C extends Candidate>(
  candidates: readonly C[],
  { waves, concurrency }: Pick<RolloutFile, 'waves' | 'concurrency'>,
): Placed<C>[] {
  const sizes = largestSizes(waves, candidates.length);
  const hasCanary = countOf(waves.canary, candidates.length) > 0;
  const queue = new WaveQueue(candidates.toSorted(byTraffic), waves.sameNameIsOneGroup);
  const placed: Placed<C>[] = [];
  for (let wave = 1; placed.length < candidates.length; wave += 1) {
    const members = queue.takeWave(sizes[wave - 1] ?? sizes.at(-1) ?? 1);
    const lanes = dealLanes(members, concurrency.perCluster);
    for (const [index, member] of members.entries()) {
      const place: Place = { position: placed.length + 1, wave, lane: lanes[index] ?? 1, canary: hasCanary && wave === 1 };
      placed.push({ ...member, ...place });
    }
  }
  return placed;
}
