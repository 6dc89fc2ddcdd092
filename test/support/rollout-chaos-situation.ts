import fc from 'fast-check';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { type FleetOptions, shortName, simulatedFleet } from '../../lib/simulator/fleet.ts';
import { type Outline, outline, type Pick, pick, rarely } from './rollout-chaos-files.ts';
import { faults, type Moment, type ScriptedFault, type Trouble, troubles } from './rollout-chaos-troubles.ts';

/** Everything that a run is made of, in plain data, so that it can be shrunk and told. */
export interface Situation {
  readonly fleet: FleetOptions;
  /** Databases that do not replicate. */
  readonly loners?: readonly Pick[] | undefined;
  readonly watched: boolean;
  readonly outline: Outline;
  /** Another rollout, begun at an event of the first one. */
  readonly second?: { readonly outline: Outline; readonly moment: Moment } | undefined;
  readonly faults: readonly ScriptedFault[];
  readonly troubles: readonly Trouble[];
  /** How often somebody resumes one that is paused. */
  readonly resumes: number;
  /** What is asked for once it has ended. */
  readonly finale?: 'resume' | 'undo-wave' | 'undo-all' | undefined;
  /** The wave whose approval is refused, if one is asked for. */
  readonly rejected?: number | undefined;
}

const fleet: fc.Arbitrary<FleetOptions> = fc.record({
  clusters: fc.integer({ min: 2, max: 5 }),
  databases: fc.constantFrom(2, 2, 3, 3, 4, 5),
  seed: fc.nat({ max: 1_000 }),
  groupShare: fc.constantFrom(0, 0.4, 1),
  groupSpan: fc.constant([2, 3] as const),
});

export const situation: fc.Arbitrary<Situation> = fc.record({
  fleet,
  loners: rarely(fc.array(pick, { maxLength: 2 })),
  watched: fc.boolean(),
  outline: outline('first'),
  second: rarely(
    fc.record({
      outline: outline('second', false),
      moment: fc.record({
        event: fc.constantFrom('planned' as const, 'wave-began' as const, 'bake-began' as const),
        nth: fc.integer({ min: 1, max: 2 }),
      }),
    }),
  ),
  faults: fc.oneof({ weight: 3, arbitrary: faults }, { weight: 1, arbitrary: fc.constant([]) }),
  troubles: fc.oneof({ weight: 3, arbitrary: troubles }, { weight: 1, arbitrary: fc.constant([]) }),
  resumes: fc.constantFrom(0, 0, 0, 1, 2),
  finale: rarely(fc.constantFrom('resume' as const, 'undo-wave' as const, 'undo-all' as const)),
  rejected: rarely(fc.integer({ min: 1, max: 3 })),
});

const inTurn = <T>(all: readonly T[], index: number): T | undefined => all[index % all.length];

/** The cluster and the database that numbers mean in a fleet; a database that was dropped is none. */
export function picked(clusters: readonly SimulatedCluster[], { cluster, database }: Pick) {
  const on = inTurn(clusters, cluster);
  if (!on) throw new Error('a fleet has clusters');
  return { on, database: inTurn(on.databases, database) };
}

export function fleetOf({ fleet: options, loners = [] }: Situation): SimulatedCluster[] {
  const clusters = simulatedFleet(options);
  for (const loner of loners) {
    const { database } = picked(clusters, loner);
    // A member of a group has peers that would know nothing of it.
    if (database && !database.relations?.crdt) database.relations = {};
  }
  return clusters;
}

/** What a rollout of a situation is begun with. Where nobody knows of groups, names stand for them: else nothing could keep members apart. */
export function fileOf({ file, listed }: Outline, clusters: readonly SimulatedCluster[], watched: boolean): RolloutFileInput {
  const targets = listed.flatMap((each) => {
    const { on, database } = picked(clusters, each);
    return database ? [`${shortName(on)}/${each.byName ? database.name : `db:${database.id}`}`] : [];
  });
  const waves = { ...file.waves, ...(!watched && { sameNameIsOneGroup: true }) };
  return { ...file, waves, select: { ...file.select, ...(targets.length > 0 && { targets }) } };
}
