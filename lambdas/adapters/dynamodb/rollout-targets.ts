import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { Clock } from '../../ports/clock.ts';
import { targetLost } from '../../ports/rollout-store.ts';
import { putAll } from './batches.ts';
import { fromJson, json, number } from './items.ts';
import {
  beginningWith,
  type Expiries,
  groupOf,
  placeOf,
  rolloutPartition,
  TARGET,
  targetKey,
  targetsOf,
  whereaboutsKey,
} from './rollout-items.ts';
import type { Item, Table } from './table.ts';

type Place = Pick<RolloutTarget, 'cluster' | 'position'>;
/** Cluster by position. */
type Whereabouts = Readonly<Record<number, string>>;

/**
 * Targets of rollouts. They are sorted by their clusters, because that is how most is asked for them; which cluster a position is on stands
 * in items of its own, written before the targets are.
 */
export class RolloutTargets {
  readonly #table: Table;
  readonly #expiries: Expiries;
  readonly #sleep: Clock['sleep'];

  constructor(table: Table, expiries: Expiries, sleep: Clock['sleep']) {
    this.#table = table;
    this.#expiries = expiries;
    this.#sleep = sleep;
  }

  async place(rolloutId: string, targets: readonly RolloutTarget[]): Promise<void> {
    const places = await this.#places(rolloutId);
    const taken = new Set(places.map(({ position }) => position));
    const missing = targets.filter(({ position }) => !taken.has(position) && taken.add(position));
    const groups = Object.entries(Object.groupBy([...places, ...missing], ({ position }) => groupOf(position)));
    const whereabouts = groups.map(([group, members = []]) => ({
      ...whereaboutsKey(rolloutId, Number(group)),
      whereabouts: json(Object.fromEntries(members.map(({ position, cluster }) => [position, cluster]))),
      ...this.#expires(),
    }));
    await putAll(this.#table, whereabouts, this.#sleep);
    await putAll(
      this.#table,
      missing.map((target) => this.#toItem(rolloutId, target, 0)),
      this.#sleep,
    );
  }

  /** In the order of their positions. */
  async all(rolloutId: string, cluster?: string): Promise<RolloutTarget[]> {
    const prefix = cluster === undefined ? TARGET : targetsOf(cluster);
    const items = await this.#table.query({ ...beginningWith(rolloutPartition(rolloutId), prefix), ProjectionExpression: 'target' });
    return items.map(toTarget).sort((one, other) => one.position - other.position);
  }

  async at(rolloutId: string, position: number): Promise<RolloutTarget | undefined> {
    const group = await this.#table.get(whereaboutsKey(rolloutId, groupOf(position)));
    const cluster = group && fromJson<Whereabouts>(group, 'whereabouts')[position];
    const item = cluster === undefined ? undefined : await this.#table.get(targetKey(rolloutId, { cluster, position }));
    return item && toTarget(item);
  }

  /** @throws StepError `LockLostError` when a later run has written it, or nobody has placed it. */
  async save(rolloutId: string, target: RolloutTarget, run: number): Promise<void> {
    const saved = await this.#table.put(this.#toItem(rolloutId, target, run), {
      expression: 'run <= :run',
      values: { ':run': number(run) },
    });
    if (!saved) throw targetLost(rolloutId, target, run);
  }

  async #places(rolloutId: string): Promise<Place[]> {
    const keys = { ...beginningWith(rolloutPartition(rolloutId), TARGET), ProjectionExpression: CHANGE_TABLE.sortKey };
    return (await this.#table.query(keys)).map(placeOf);
  }

  #toItem(rolloutId: string, target: RolloutTarget, run: number): Item {
    return { ...targetKey(rolloutId, target), target: json(target), run: number(run), ...this.#expires() };
  }

  #expires(): Item {
    return { [CHANGE_TABLE.timeToLive]: number(this.#expiries.ofPart()) };
  }
}

const toTarget = (item: Item): RolloutTarget => fromJson<RolloutTarget>(item, 'target');
