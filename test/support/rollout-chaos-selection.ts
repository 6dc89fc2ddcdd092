import type { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { SimulatedCluster, SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import { type Place, placeOf } from './rollout-rules.ts';

const CHARACTERS: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[^A-Za-z0-9]/g, (sign) => CHARACTERS[sign] ?? `\\${sign}`)}$`).test(text);

const namesOf = ({ id, name }: SimulatedDatabase): readonly string[] => [name, `db:${id}`];

/** By flag, policy and proxies, as the glossary has the classes. */
export function classOf({ syncerMode, endpoints }: SimulatedDatabase): string {
  const policies = new Set(endpoints.map(({ policy }) => policy));
  const isClear =
    policies.size === 1 && endpoints.every(({ policy, nodes }) => nodes.length > 0 && (policy !== 'single' || nodes.length === 1));
  if (!isClear) return 'X';
  const letter = syncerMode === 'distributed' ? 'D' : 'C';
  if (policies.has('single')) return letter === 'D' ? 'D0' : 'C1';
  const severalNodes = new Set(endpoints.flatMap(({ nodes }) => nodes)).size >= 2;
  if (letter === 'D') return severalNodes ? 'D2' : 'D1';
  return severalNodes ? 'C2' : 'C3';
}

function kindOf({ relations }: SimulatedDatabase): string {
  if (relations?.crdt && relations.replica) return 'both';
  if (relations?.crdt) return 'active-active';
  return relations?.replica ? 'replica-of' : 'none';
}

export interface Selecting {
  readonly select: RolloutFile['select'];
  /** Whether the clusters say how their databases replicate. */
  readonly watched: boolean;
}

function isMeant(cluster: string, database: SimulatedDatabase, { select, watched }: Selecting): boolean {
  const { clusters, databases, kinds, classes, targets = [], exclude } = select;
  const names = namesOf(database);
  // A pattern with a colon is about ids, any other about names.
  const isNamed = (pattern: string, prefix = ''): boolean =>
    names.some((name) => name.includes(':') === pattern.includes(':') && matches(pattern, `${prefix}${name}`));
  if (exclude.some((pattern) => isNamed(pattern, `${cluster}/`))) return false;
  if (names.some((name) => targets.includes(`${cluster}/${name}`))) return true;
  if (!clusters && !databases && !kinds && !classes) return false;
  const found = classOf(database);
  return [
    clusters?.some((pattern) => matches(pattern, cluster)) ?? true,
    databases?.some((pattern) => isNamed(pattern)) ?? true,
    watched ? (kinds ? kinds.some((kind) => kind === kindOf(database)) : kindOf(database) !== 'none') : !kinds,
    classes ? classes.some((name) => name === found) : found !== 'X',
  ].every((holds) => holds);
}

/** The databases of a cluster that a file selects, as the cluster is now: written anew from the description of the file, to disagree with the product. */
export const selectedOn = (cluster: SimulatedCluster, selecting: Selecting): Place[] => {
  const name = shortName(cluster);
  return cluster.databases.filter((database) => isMeant(name, database, selecting)).map(({ id }) => placeOf(name, `db:${id}`));
};
