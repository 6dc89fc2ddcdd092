import type { SimulatedCluster } from './cluster.ts';
import { withState } from './state-file.ts';

/** Hands the cluster to one user at a time and keeps what the user made of it. */
export type UseCluster = <Result>(use: (cluster: SimulatedCluster) => Result) => Promise<Result>;

/** A cluster that only this process sees. */
export const inMemory =
  (cluster: SimulatedCluster): UseCluster =>
  async (use) =>
    use(cluster);

/** A cluster that processes share in a file, such as those that a front for SSM starts. */
export const inFile =
  (path: string): UseCluster =>
  (use) =>
    withState(path, use);
