import { describe, expect, it } from 'vitest';
import { boundNodes, type SimulatedCluster } from '../../../../lib/simulator/cluster.ts';
import { groupsOf, shortName, simulatedFleet } from '../../../../lib/simulator/fleet.ts';

const FLEET = { clusters: 12, databases: 20, groupShare: 0.4, seed: 7 };
const databasesOf = (fleet: readonly SimulatedCluster[]) => fleet.flatMap(({ databases }) => databases);

/** Databases by what they have in common. */
function countedBy(fleet: readonly SimulatedCluster[], of: (database: SimulatedCluster['databases'][number]) => string) {
  const counts = new Map<string, number>();
  for (const database of databasesOf(fleet)) counts.set(of(database), (counts.get(of(database)) ?? 0) + 1);
  return counts;
}

describe('simulatedFleet', () => {
  it('has as many clusters and databases as asked for, each cluster under a name of its own', () => {
    const fleet = simulatedFleet(FLEET);
    expect(fleet.map(({ databases }) => databases.length)).toEqual(Array.from({ length: 12 }, () => 20));
    expect(new Set(fleet.map(shortName)).size).toBe(12);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(simulatedFleet(FLEET)).toEqual(simulatedFleet(FLEET));
    expect(simulatedFleet(FLEET)).not.toEqual(simulatedFleet({ ...FLEET, seed: 8 }));
  });

  it('gives the members of a group one GUID and one name, on two to five clusters, each on another', () => {
    const fleet = simulatedFleet(FLEET);
    const groups = Map.groupBy(groupsOf(fleet), ([, guid]) => guid);
    expect(groups.size).toBeGreaterThan(10);
    for (const members of groups.values()) {
      const places = members.map(([place]) => place.split('/')[0]);
      expect(new Set(places).size).toBe(members.length);
      expect(members.length).toBeGreaterThanOrEqual(2);
      expect(members.length).toBeLessThanOrEqual(5);
    }
    const nameOfGuid = databasesOf(fleet).flatMap(({ name, relations }) => (relations?.crdt ? [`${relations.crdt.guid} ${name}`] : []));
    expect(new Set(nameOfGuid).size).toBe(groups.size);
  });

  it('lets every member of a group name all others as its peers', () => {
    const fleet = simulatedFleet(FLEET);
    for (const members of Map.groupBy(groupsOf(fleet), ([, guid]) => guid).values()) {
      const hosts = members.map(([place]) => `${place.split('/')[0]}.example.net`).sort();
      for (const [place, guid] of members) {
        const own = fleet.find((cluster) => place.startsWith(`${shortName(cluster)}/`));
        const member = own?.databases.find(({ relations }) => relations?.crdt?.guid === guid);
        expect([...(member?.relations?.crdt?.peers ?? []).map(({ name }) => name), own?.name].sort()).toEqual(hosts);
      }
    }
  });

  it('reaches the share of members that was asked for', () => {
    expect(groupsOf(simulatedFleet(FLEET)).size).toBeCloseTo(0.4 * 240, -1);
    expect(groupsOf(simulatedFleet({ clusters: 3, databases: 4 })).size).toBe(0);
  });

  it('names every database differently where there are no groups', () => {
    expect(new Set(databasesOf(simulatedFleet({ clusters: 5, databases: 8 })).map(({ name }) => name)).size).toBe(40);
  });

  it('mixes classes, and has some databases that no policy can distribute', () => {
    const fleet = simulatedFleet({ ...FLEET, clusters: 20 });
    const classes = countedBy(fleet, ({ syncerMode, endpoints }) => `${syncerMode} ${endpoints[0]?.policy}`);
    expect([...classes.keys()].sort()).toEqual([
      'centralized all-master-shards',
      'centralized single',
      'distributed all-master-shards',
      'distributed single',
    ]);
    const stuck = fleet.flatMap((cluster) =>
      cluster.databases.filter((database) =>
        database.endpoints.every((endpoint) => boundNodes(cluster, database, endpoint, 'all-master-shards').length < 2),
      ),
    );
    expect(stuck.length).toBeGreaterThan(0);
    expect(stuck.length).toBeLessThan(40);
  });

  it('draws from nothing but the classes that were named', () => {
    const fleet = simulatedFleet({ clusters: 4, databases: 10, foundAs: ['C2'] });
    expect([...countedBy(fleet, ({ syncerMode, endpoints }) => `${syncerMode} ${endpoints[0]?.policy}`)]).toEqual([
      ['centralized all-master-shards', 40],
    ]);
  });

  it('gives databases different traffic, so that some have less than others', () => {
    expect(countedBy(simulatedFleet(FLEET), ({ requestsPerSecond }) => String(requestsPerSecond)).size).toBeGreaterThan(200);
  });
});
