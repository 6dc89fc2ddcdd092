import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { Traffic } from '../contracts/traffic.ts';
import type { DatabaseId, ReplicationKind } from '../contracts/words.ts';
import type { Write } from '../contracts/write.ts';
import type { UnreadDatabase } from '../ports/cluster.ts';
import { inParallel } from '../runtime/in-parallel.ts';
import type { Ports } from '../runtime/ports.ts';
import { HealthSource } from './health-source.ts';

/** A database with everything that one look at its cluster tells of it. */
export interface DatabaseReading {
  readonly facts: DatabaseFacts;
  readonly health?: HealthBefore;
  /** Why there is no health, where the cluster has a source of it. */
  readonly healthError?: string;
  readonly kind?: ReplicationKind;
  /** GUID of its Active-Active group. */
  readonly group?: string;
  readonly traffic?: Traffic;
}

export interface ClusterReading {
  readonly cluster: string;
  readonly conditions: ClusterConditions;
  /** In the order of their ids. */
  readonly databases: readonly (DatabaseReading | UnreadDatabase)[];
  /** A write in the words of the cluster's own interface. */
  readonly describe: (write: Write) => string;
}

export type ReadingPorts = Pick<Ports, 'cluster' | 'health'>;

export const isReading = (entry: DatabaseReading | UnreadDatabase): entry is DatabaseReading => 'facts' in entry;

/** Health is read of so many databases of one cluster at the same time. */
const HEALTH_AT_ONCE = 4;

const unobserved = async () => {};
const NO_TRAFFIC: ReadonlyMap<DatabaseId, Traffic> = new Map();

async function readingOf(facts: DatabaseFacts, source: HealthSource, traffic: ReadonlyMap<DatabaseId, Traffic>): Promise<DatabaseReading> {
  const { health, healthError } = await source.healthOf(facts.database.id);
  // A source that shows another database under this id is one of another cluster: what it says is none of this one's.
  const isSame = health?.reading.seen.name === facts.database.name;
  const kind = facts.replication ?? (isSame ? health.reading.kind : undefined);
  const group = facts.group ?? (isSame ? health.reading.group : undefined);
  const carried = isSame ? traffic.get(facts.database.id) : undefined;
  return {
    facts,
    ...(health && { health }),
    ...(healthError !== undefined && { healthError }),
    ...(kind !== undefined && { kind }),
    ...(group !== undefined && { group }),
    ...(carried && { traffic: carried }),
  };
}

/**
 * Reads everything about a cluster that a plan for its databases is made from. A source of health data that fails hides no facts: the
 * reading says why there is no health.
 * @param options.withTraffic - whether to read what the databases carry as well. @default true
 * @throws StepError when the cluster itself cannot be read.
 */
export async function readCluster(
  cluster: string,
  ports: ReadingPorts,
  { withTraffic = true }: { readonly withTraffic?: boolean } = {},
): Promise<ClusterReading> {
  const reader = await ports.cluster(cluster, unobserved);
  const all = await reader.readAll();
  const conditions = await reader.readConditions();
  const source = new HealthSource(() => ports.health(cluster, unobserved));
  const traffic = withTraffic ? await source.traffic() : NO_TRAFFIC;
  const databases = await inParallel(all, HEALTH_AT_ONCE, async (entry) =>
    'error' in entry ? entry : await readingOf(entry, source, traffic),
  );
  return { cluster, conditions, databases, describe: (write) => reader.describe(write) };
}

/** As `readCluster`, of one database alone. What it carries is not read. */
export async function readOneDatabase(cluster: string, database: DatabaseId | string, ports: ReadingPorts): Promise<ClusterReading> {
  const reader = await ports.cluster(cluster, unobserved);
  const { facts, conditions } = await reader.inspect(database);
  const source = new HealthSource(() => ports.health(cluster, unobserved));
  return { cluster, conditions, databases: [await readingOf(facts, source, NO_TRAFFIC)], describe: (write) => reader.describe(write) };
}
