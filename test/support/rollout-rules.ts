/** `<cluster>/db:<number>`. */
export type Place = `${string}/db:${number}`;
export const placeOf = (cluster: string, database: string): Place => `${cluster}/${database}` as Place;
const clusterOf = (place: Place): string => place.slice(0, place.lastIndexOf('/'));

export interface Limits {
  readonly total: number;
  readonly perCluster: number;
}

/**
 * What has to hold at every moment of a rollout, looked at whenever it could break: each time a change begins and each time a cluster is
 * told something. A change is under way from the moment it gets the lock of its database until it is complete. That says more than the
 * time between its writes, and it cannot pass by mistake: a write to a database that no change has under way is a break of its own, and
 * so is a change that is complete without its database having been read after the last write.
 */
export class RolloutRules {
  /** Every break, in words; none in a rollout that keeps to the rules. */
  readonly broken: string[] = [];
  /** The most changes of a rollout that were under way at once: a test of limits means something only where they were reached. */
  readonly peak = { total: 0, perCluster: 0 };
  /** By what the ids of the changes begin with: the id of their rollout. */
  readonly limits = new Map<string, Limits>();
  /** Whether a database may be written. @default all of them */
  isSelected: (place: Place) => boolean = () => true;
  readonly #groups: ReadonlyMap<string, string>;
  readonly #underWay = new Map<string, Place>();
  /** Databases that were written and not read since. */
  readonly #unread = new Set<Place>();

  /** @param groups - GUID of the Active-Active group of a database, by its place. */
  constructor(groups: ReadonlyMap<string, string>) {
    this.#groups = groups;
  }

  get underWay(): Place[] {
    return [...this.#underWay.values()];
  }

  began(changeId: string, place: Place): void {
    if (this.#underWay.has(changeId)) return;
    this.#underWay.set(changeId, place);
    for (const [id, limits] of this.limits) if (changeId.startsWith(`${id}_`)) this.#keepLimits(id, limits, clusterOf(place));
    const group = this.#groups.get(place);
    const members = this.underWay.filter((other) => group !== undefined && this.#groups.get(other) === group);
    this.#keep(members.length <= 1, `members of one group at once: ${members.join(', ')}`);
  }

  #keepLimits(id: string, limits: Limits, cluster: string): void {
    const places = [...this.#underWay].filter(([changeId]) => changeId.startsWith(`${id}_`)).map(([, place]) => place);
    const total = places.length;
    const onCluster = places.filter((place) => clusterOf(place) === cluster).length;
    this.peak.total = Math.max(this.peak.total, total);
    this.peak.perCluster = Math.max(this.peak.perCluster, onCluster);
    this.#keep(total <= limits.total, `${total} changes of ${id} at once`);
    this.#keep(onCluster <= limits.perCluster, `${onCluster} changes of ${id} at once on ${cluster}`);
  }

  ended(changeId: string): void {
    const place = this.#underWay.get(changeId);
    if (!place) return;
    this.#keep(!this.#unread.has(place), `${changeId} is complete, and ${place} was not read since it was written`);
    this.#underWay.delete(changeId);
  }

  /** A database was told to change. @param argv - how, in the words of the cluster. */
  wrote(place: Place, argv: readonly string[]): void {
    const command = `${place} ${argv.join(' ')}`;
    this.#keep(this.isSelected(place), `outside the selection: ${command}`);
    this.#keep(this.underWay.includes(place), `without a lock: ${command}`);
    this.#unread.add(place);
  }

  /** A database, or with `db:*` all of a cluster, was looked at. */
  read(cluster: string, database: string | undefined): void {
    if (database !== undefined) this.#unread.delete(placeOf(cluster, database));
    else for (const place of this.#unread) if (clusterOf(place) === cluster) this.#unread.delete(place);
  }

  #keep(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise);
  }
}
