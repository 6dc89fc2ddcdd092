import type { ReportedError } from '../../lambdas/contracts/record.ts';
import { type Inspected, inspected } from '../../lambdas/domain/inspected.ts';
import type { UnreadDatabase } from '../../lambdas/ports/cluster.ts';
import { type ClusterReading, isReading, type ReadingPorts, readCluster } from '../../lambdas/rollout/read-cluster.ts';
import { inParallel } from '../../lambdas/runtime/in-parallel.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { localClusters } from '../local/ports.ts';
import { requireCluster } from './target.ts';

/** What there is to tell of one cluster: its databases, or why there are none. */
export interface Look {
  readonly cluster: string;
  readonly databases: readonly (Inspected | UnreadDatabase)[];
  readonly error?: ReportedError;
}

export const isInspected = (entry: Inspected | UnreadDatabase): entry is Inspected => 'facts' in entry;

/** Everything was read that there is, the health of replication included. */
export const isWhole = ({ databases, error }: Look): boolean =>
  error === undefined && databases.every((entry) => isInspected(entry) && entry.healthError === undefined);

export function readingPorts(loaded: LoadedConfiguration): ReadingPorts {
  const clusters = localClusters(loaded);
  return { cluster: (name, observe) => clusters.open(name, observe), health: (name, observe) => clusters.health(name, observe) };
}

/** A reading with what it means under this configuration. */
export const lookOf = (reading: ClusterReading, { configuration }: LoadedConfiguration): Look => ({
  cluster: reading.cluster,
  databases: reading.databases.map((entry) => (isReading(entry) ? inspected(entry, reading, configuration.defaults) : entry)),
});

/** As many clusters are asked at the same time. */
const AT_ONCE = 8;

/** Looks at every cluster of the configuration, in its order. One that cannot be read is told with the reason. */
export async function lookAtAll(loaded: LoadedConfiguration, options: { readonly withTraffic: boolean }): Promise<Look[]> {
  const ports = readingPorts(loaded);
  return inParallel(Object.keys(loaded.configuration.clusters), AT_ONCE, async (cluster): Promise<Look> => {
    try {
      return lookOf(await readCluster(requireCluster(cluster, loaded.configuration), ports, options), loaded);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { cluster, databases: [], error: { name, message } };
    }
  });
}

/** Looks at one cluster. @throws UsageError for one that is not configured; StepError when it cannot be read. */
export async function lookAtOne(name: string, loaded: LoadedConfiguration, options: { readonly withTraffic: boolean }): Promise<Look> {
  const cluster = requireCluster(name, loaded.configuration);
  return lookOf(await readCluster(cluster, readingPorts(loaded), options), loaded);
}
