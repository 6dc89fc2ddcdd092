import { databaseOf, type SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { disturb, type ForeignSettings } from '../../lib/simulator/faults.ts';

/** Something that happens when a cluster is told something. */
export interface Trouble {
  /** Short name of the cluster. @default any */
  readonly cluster?: string;
  /** What the command has to look like, arguments joined by blanks. @default anything */
  readonly on?: RegExp;
  /** The first of these commands to hit, from 1; each later one is left alone. @default 1 */
  readonly nth?: number;
  /** Before the command is carried out, or after that and before it is answered. @default 'before' */
  readonly when?: 'before' | 'after';
  readonly happens: () => unknown;
}

/** Troubles that wait for their command. */
export class Troubles {
  readonly #waiting: { trouble: Trouble; left: number }[] = [];

  add(trouble: Trouble): void {
    this.#waiting.push({ trouble, left: trouble.nth ?? 1 });
  }

  /** Lets happen what waited for this command. Each command has to be told of twice, before and after. */
  async meet(cluster: string, line: string, moment: 'before' | 'after'): Promise<void> {
    for (const waiting of this.#waiting) {
      const { trouble } = waiting;
      const isMeant = (trouble.cluster ?? cluster) === cluster && (trouble.on ?? /^/).test(line) && (trouble.when ?? 'before') === moment;
      if (!isMeant) continue;
      waiting.left -= 1;
      if (waiting.left === 0) await trouble.happens();
    }
  }
}

/** All proxies of a database but one are gone; its policy stays as it is. */
export function loseProxies(cluster: SimulatedCluster, database: number): void {
  for (const endpoint of databaseOf(cluster, database).endpoints) endpoint.nodes = endpoint.nodes.slice(0, 1);
}

/** A node goes down; the proxies on it stay listed. */
export function takeNodeDown(cluster: SimulatedCluster, node: number): void {
  disturb(cluster, [{ kind: 'node-down', node }], 'within');
}

/** Somebody else changes a database. */
export function changeFromOutside(cluster: SimulatedCluster, database: number, set: ForeignSettings): void {
  disturb(cluster, [{ kind: 'foreign-change', database, when: 'before', set }], 'before');
}
