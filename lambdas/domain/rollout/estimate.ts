import type { Verification } from '../../contracts/request.ts';
import type { PlannedWave } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';
import { samplePause } from './check.ts';
import type { Placed } from './waves.ts';

/** Taken for the commands of a change that goes well, readings included: about three seconds for each of five through Run Command. */
const COMMAND_SECONDS = 15;

/** How long a change takes that goes well, in seconds: commands, settling, and as few samples as make a pass. */
export const changeSeconds = ({ settleSeconds, samples, intervalSeconds }: Verification): number =>
  COMMAND_SECONDS + settleSeconds + (samples - 1) * intervalSeconds;

interface Wave {
  readonly wave: number;
  readonly canary: boolean;
  targets: number;
  readonly clusters: Set<string>;
  readonly targetsByLane: Map<number, number>;
}

function addTo(wave: Wave, { cluster, lane }: Pick<Placed, 'cluster' | 'lane'>): void {
  wave.targets += 1;
  wave.clusters.add(cluster);
  wave.targetsByLane.set(lane, (wave.targetsByLane.get(lane) ?? 0) + 1);
}

/** Changes one after the other that a wave comes down to: those of its longest lane, or more where lanes have to wait for each other. */
function longestRow({ targets, targetsByLane }: Wave, atOnce: number): number {
  const longestLane = [...targetsByLane.values()].reduce((a, b) => Math.max(a, b), 0);
  return Math.max(longestLane, Math.ceil(targets / atOnce));
}

/**
 * The waves in constant size each, in their order, with the time that they take when every change goes well: gates and windows not
 * included.
 * @param verification - as the changes of the rollout have it.
 */
export function plannedWaves(
  placed: readonly Pick<Placed, 'cluster' | 'wave' | 'lane' | 'canary'>[],
  { concurrency, bake }: Pick<RolloutFile, 'concurrency' | 'bake'>,
  verification: Verification,
): PlannedWave[] {
  const waves = new Map<number, Wave>();
  for (const target of placed) {
    const { wave, canary } = target;
    const own = waves.get(wave) ?? { wave, canary, targets: 0, clusters: new Set(), targetsByLane: new Map() };
    waves.set(wave, own);
    addTo(own, target);
  }
  return [...waves.values()]
    .sort((a, b) => a.wave - b.wave)
    .map((each) => ({
      wave: each.wave,
      canary: each.canary,
      targets: each.targets,
      clusters: each.clusters.size,
      lanes: each.targetsByLane.size,
      expectedSeconds: longestRow(each, concurrency.total) * changeSeconds(verification) + bake.seconds,
    }));
}

/** How long all waves take, one after the other, in seconds. */
export const expectedSeconds = (waves: readonly Pick<PlannedWave, 'expectedSeconds'>[]): number =>
  waves.reduce((sum, wave) => sum + wave.expectedSeconds, 0);

/** Public prices of eu-west-1 in US dollars, on demand: a state transition of a Standard workflow, and Lambda on arm64. */
const PRICE = { transition: 25e-6, invocation: 0.2e-6, gigabyteSecond: 13.3334e-6 };
/** Of a function: memory, and how long a run takes that travels to a cluster. */
const MEMORY_GB = 0.5;
const SECONDS_PER_RUN = 3;

interface Used {
  readonly transitions: number;
  readonly runs: number;
}
/** One change: its own workflow with six samples, then its turn in the lane of the rollout. */
const PER_CHANGE: Used = { transitions: 30 + 4, runs: 12 + 1 };
/** One move: the judge, the choice, what is done, and the way back to the judge. */
const PER_MOVE: Used = { transitions: 4, runs: 1 };
/** One sample of the members on one cluster. */
const PER_LOOK: Used = { transitions: 2, runs: 1 };
/** Moves of a wave beside those of its bake: its gate, its changes, and one more. */
const MOVES_PER_WAVE = 3;
/** A sample and the wait before it. */
const MOVES_PER_SAMPLE = 2;

const priceOf = ({ transitions, runs }: Used): number =>
  transitions * PRICE.transition + runs * (PRICE.invocation + SECONDS_PER_RUN * MEMORY_GB * PRICE.gigabyteSecond);

const samplesOf = (bake: RolloutFile['bake']): number => Math.max(bake.samples, Math.ceil(bake.seconds / samplePause(bake)));

/**
 * What a rollout that goes well costs on AWS, in US dollars: state transitions and Lambda, by the counts and prices above, which come to
 * about $0.0011 for a change. Table, logs and messages come on top. A bake also watches the members of earlier waves: each of its samples
 * is taken to look at as many clusters as the widest wave so far has.
 */
export function expectedCost(
  targets: number,
  waves: readonly Pick<PlannedWave, 'clusters'>[],
  { bake }: Pick<RolloutFile, 'bake'>,
): number {
  const samples = samplesOf(bake);
  let [cost, widest] = [targets * priceOf(PER_CHANGE), 0];
  for (const { clusters } of waves) {
    widest = Math.max(widest, clusters);
    cost += (MOVES_PER_WAVE + MOVES_PER_SAMPLE * samples) * priceOf(PER_MOVE) + samples * widest * priceOf(PER_LOOK);
  }
  return cost;
}
