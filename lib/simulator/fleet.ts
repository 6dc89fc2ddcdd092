import { Chance } from './chance.ts';
import type { SimulatedCluster } from './cluster.ts';
import { addDatabase, type DatabaseOptions, emptyCluster, nodesUpTo } from './fleets.ts';
import { activeActive, relationsOf, replicaOf, type SimulatedReplication } from './replication.ts';

/** How a database is found: its class, or `stuck` for one that is centralized and has both primaries on one node. */
export type FoundAs = 'C1' | 'C2' | 'D0' | 'D2' | 'stuck';

export interface FleetOptions {
  clusters: number;
  /** On each cluster. */
  databases: number;
  /** The same fleet for the same seed. @default 1 */
  seed?: number;
  /** Share of the databases that are members of Active-Active groups, between 0 and 1; all others are destinations of Replica Of. @default 0 */
  groupShare?: number;
  /** Fewest and most clusters that a group spans. @default [2, 5] */
  groupSpan?: readonly [fewest: number, most: number];
  /** What is drawn from for each database; the more often a word is in it, the more there are. @default mostly C1 */
  foundAs?: readonly FoundAs[];
}

const MIXED: readonly FoundAs[] = [...Array.from({ length: 12 }, () => 'C1' as const), 'C2', 'C2', 'C2', 'D0', 'D0', 'D2', 'D2', 'stuck'];

const SETTINGS: Readonly<Record<FoundAs, DatabaseOptions>> = {
  C1: {},
  C2: { policy: 'all-master-shards' },
  D0: { syncerMode: 'distributed' },
  D2: { policy: 'all-master-shards', syncerMode: 'distributed' },
  stuck: {},
};

const SPREAD: readonly Pick<DatabaseOptions, 'masters' | 'replicas'>[] = [
  { masters: [1, 2], replicas: [2, 1] },
  { masters: [2, 3], replicas: [3, 2] },
  { masters: [3, 1], replicas: [1, 3] },
  { masters: [1, 2, 3], replicas: [2, 3, 1] },
];
const DENSE: readonly DatabaseOptions[] = [
  { placement: 'dense', masters: [1, 1], replicas: [2, 2] },
  { placement: 'dense', masters: [3, 3], replicas: [1, 1] },
];

const BUSIEST = { requestsPerSecond: 20_000, ingressBytesPerSecond: 2_000_000 };

/** As the cluster is called in a configuration: the first part of its FQDN. */
export const shortName = ({ name }: Pick<SimulatedCluster, 'name'>): string => name.split('.')[0] ?? name;

/** GUID of the Active-Active group that a database is a member of, by the short name of its cluster and its number. */
export const groupsOf = (fleet: readonly SimulatedCluster[]): Map<string, string> =>
  new Map(
    fleet.flatMap((cluster) =>
      cluster.databases.flatMap(({ id, relations }): [string, string][] =>
        relations?.crdt ? [[`${shortName(cluster)}/db:${id}`, relations.crdt.guid]] : [],
      ),
    ),
  );

const guidOf = (group: number): string => `0e5a1f00-0000-4000-8000-${String(group).padStart(12, '0')}`;

/**
 * Many clusters of three nodes, healthy and at rest. Every database has a name of its own, except that the members of a group share
 * theirs; ids are counted on each cluster.
 */
export function simulatedFleet(options: FleetOptions): SimulatedCluster[] {
  const chance = new Chance(options.seed ?? 1);
  const width = String(options.clusters).length;
  const fleet = Array.from({ length: options.clusters }, (_, at) => ({
    ...emptyCluster(nodesUpTo(3)),
    name: `rs-${String(at + 1).padStart(width, '0')}.example.net`,
  }));
  const add = (cluster: SimulatedCluster, name: string, relations: SimulatedReplication): void => {
    addDatabase(cluster, { id: cluster.databases.length + 1, name, relations: busy(relations, chance), ...drawn(chance, options.foundAs) });
  };
  addGroups(fleet, options, chance, add);
  for (const cluster of fleet)
    while (cluster.databases.length < options.databases)
      add(cluster, `db-${shortName(cluster)}-${cluster.databases.length + 1}`, { replica: replicaOf(1, chance.between(1, 80)) });
  return fleet;
}

function drawn(chance: Chance, foundAs: readonly FoundAs[] = MIXED): DatabaseOptions {
  const found = chance.pick(foundAs);
  const requestsPerSecond = chance.between(0, BUSIEST.requestsPerSecond);
  return { requestsPerSecond, ...SETTINGS[found], ...chance.pick(found === 'stuck' ? DENSE : SPREAD) };
}

function busy(relations: SimulatedReplication, chance: Chance): SimulatedReplication {
  for (const [, relation] of relationsOf(relations)) relation.ingressBytesPerSecond = chance.between(0, BUSIEST.ingressBytesPerSecond);
  return relations;
}

/** Places groups while they fit, each on clusters that have room, until the share is reached. */
function addGroups(
  fleet: readonly SimulatedCluster[],
  { databases, groupShare = 0, groupSpan: [fewest, most] = [2, 5] }: FleetOptions,
  chance: Chance,
  add: (cluster: SimulatedCluster, name: string, relations: SimulatedReplication) => void,
): void {
  let left = Math.round(groupShare * fleet.length * databases);
  for (let group = 1; left >= fewest; group += 1) {
    const span = Math.min(chance.between(fewest, most), left);
    const members = chance.shuffled(fleet.filter((cluster) => cluster.databases.length < databases)).slice(0, span);
    if (members.length < fewest) return;
    for (const cluster of members) {
      const peers = members.filter((member) => member !== cluster).map(({ name }) => name);
      add(cluster, `group-${group}`, { crdt: activeActive(peers, chance.between(1, 80), guidOf(group)) });
    }
    left -= members.length;
  }
}
