import type { DatabaseFacts } from '../../lambdas/contracts/facts.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { ClusterWriter } from '../../lambdas/ports/cluster.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import { type Place, placeOf } from './rollout-rules.ts';

/** How a database is in effect; `gone` when there is none any more. */
export type Truth = 'distributed' | 'centralized' | 'gone';

interface Settings {
  readonly syncerMode: string;
  readonly endpoints: readonly { readonly policy: string; readonly nodes: readonly number[] }[];
}

/** Distributed in effect takes the flag, a policy for several proxies on every endpoint, and proxies on two nodes. */
export function truthOf({ syncerMode, endpoints }: Settings): Truth {
  const nodes = new Set(endpoints.flatMap((endpoint) => endpoint.nodes));
  const isWide = endpoints.length > 0 && endpoints.every(({ policy }) => policy !== 'single');
  return syncerMode === 'distributed' && isWide && nodes.size >= 2 ? 'distributed' : 'centralized';
}

/** Moments are numbered: each one is later than those before it. */
export interface Turn {
  readonly moment: number;
  readonly to: Truth;
  /** While a write of the product to that very database was under way. */
  readonly ours: boolean;
}

/** A reading that the product got of a database. */
export interface Look {
  /** When it began: by the number of the moment. */
  readonly moment: number;
  /** By the clock, ISO 8601. */
  readonly at: string;
  readonly seen: Truth;
  /** Whether it was read on its own, as a change does, or with all of its cluster. */
  readonly how: 'alone' | 'with-all';
}

/** What became of each database in effect, and what the product has seen of it: written down beside it, from the simulated clusters themselves. */
export class History {
  readonly turns = new Map<Place, Turn[]>();
  readonly looks = new Map<Place, Look[]>();
  readonly #fleet: readonly SimulatedCluster[];
  readonly #clock: Clock;
  readonly #sending = new Map<Place, number>();
  #moment = 0;

  constructor(fleet: readonly SimulatedCluster[], clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.notice();
  }

  /** Writes down what has turned since the last moment. */
  notice(): number {
    this.#moment += 1;
    const found = new Map<Place, Truth>();
    for (const cluster of this.#fleet)
      for (const database of cluster.databases) found.set(placeOf(shortName(cluster), `db:${database.id}`), truthOf(database));
    for (const place of new Set([...this.turns.keys(), ...found.keys()])) this.#turned(place, found.get(place) ?? 'gone');
    return this.#moment;
  }

  /** Whoever was writing is dead: nothing of that is under way any more. */
  died(): void {
    this.notice();
    this.#sending.clear();
  }

  #turned(place: Place, to: Truth): void {
    const turns = this.turns.get(place) ?? [];
    this.turns.set(place, turns);
    if (turns.at(-1)?.to !== to) turns.push({ moment: this.#moment, to, ours: (this.#sending.get(place) ?? 0) > 0 });
  }

  #saw(place: Place, look: Omit<Look, 'at'>): void {
    this.looks.set(place, [...(this.looks.get(place) ?? []), { ...look, at: this.#clock.now().toISOString() }]);
  }

  /** The same way into a cluster, with somebody who writes down what goes through it. */
  watch(cluster: string, writer: ClusterWriter): ClusterWriter {
    const sawOne = (moment: number, facts: DatabaseFacts): void =>
      this.#saw(placeOf(cluster, facts.database.id), { moment, seen: truthOf(facts), how: 'alone' });
    return {
      describe: (write) => writer.describe(write),
      readConditions: () => writer.readConditions(),
      recall: (earlier) => writer.recall(earlier),
      inspect: async (database) => {
        const moment = this.notice();
        const inspection = await writer.inspect(database);
        sawOne(moment, inspection.facts);
        return inspection;
      },
      readDatabase: async (database) => {
        const moment = this.notice();
        const facts = await writer.readDatabase(database);
        sawOne(moment, facts);
        return facts;
      },
      readAll: async () => {
        const moment = this.notice();
        const all = await writer.readAll();
        const read = new Map(all.map((entry) => ['error' in entry ? entry.id : entry.database.id, entry]));
        for (const place of this.turns.keys()) this.#sawAmong(place, cluster, moment, read);
        return all;
      },
      send: async (write, options) => {
        const place = placeOf(cluster, write.database);
        this.notice();
        this.#sending.set(place, (this.#sending.get(place) ?? 0) + 1);
        try {
          return await writer.send(write, options);
        } finally {
          this.notice();
          this.#sending.set(place, Math.max(0, (this.#sending.get(place) ?? 0) - 1));
        }
      },
    };
  }

  #sawAmong(place: Place, cluster: string, moment: number, read: ReadonlyMap<string, DatabaseFacts | { error: object }>): void {
    const [on = '', id = ''] = place.split('/');
    if (on !== cluster) return;
    const entry = read.get(id);
    if (entry && 'error' in entry) return;
    this.#saw(place, { moment, seen: entry ? truthOf(entry) : 'gone', how: 'with-all' });
  }
}
