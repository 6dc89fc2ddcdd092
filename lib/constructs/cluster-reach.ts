import type { Stack } from 'aws-cdk-lib';
import type { LoadedConfiguration } from '../config/load.ts';
import { ClusterAccess } from './cluster-access.ts';
import { ClusterNetwork, networkPlaceOf } from './cluster-network.ts';
import { deployableClusters } from './deployable-clusters.ts';

/** What a function needs that reaches clusters. */
export interface ClusterReach {
  readonly access: ClusterAccess;
  /** Undefined when no cluster asks for one. */
  readonly network: ClusterNetwork | undefined;
}

/**
 * The way to the clusters of one configuration, for all functions of a stack.
 * @throws ConfigurationError for clusters that functions could not reach as they are configured.
 */
export function clusterReach(stack: Stack, loaded: LoadedConfiguration | undefined): ClusterReach {
  const { clusters } = deployableClusters(loaded);
  const place = networkPlaceOf(clusters);
  return { access: new ClusterAccess(stack, clusters), network: place && new ClusterNetwork(stack, 'Network', place) };
}
