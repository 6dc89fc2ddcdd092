import type { DatabaseFacts, EndpointFacts } from '../../contracts/facts.ts';
import { agreedNodes, type Evidence, nodesByAddress, nodesByAsking, nodesByStatistics, whyUnclear } from './bound-nodes.ts';
import type { RestNode, RestShard } from './cluster-objects.ts';
import { ascending, type RestDatabase, type RestEndpoint } from './database.ts';
import { notUnderstood } from './decode.ts';

/** Everything that the facts about one database are made of. */
export interface FactsParts {
  readonly cluster: string;
  readonly database: RestDatabase;
  readonly nodes: readonly RestNode[];
  readonly shards: readonly RestShard[];
  readonly job: string | null | undefined;
  readonly statistics: unknown;
  /** Asks the nodes themselves; needed only where the cheaper evidence does not settle it. */
  readonly askNodes: () => Promise<readonly number[] | undefined>;
}

async function bindingOf(endpoint: RestEndpoint, { database, nodes, statistics, askNodes }: FactsParts): Promise<EndpointFacts> {
  const evidences: Evidence[] = [
    { name: 'its addresses', nodes: nodesByAddress(endpoint, nodes) },
    { name: 'the statistics of the proxies', nodes: nodesByStatistics(endpoint, statistics) },
  ];
  let bound = agreedNodes(evidences);
  if (!bound) {
    // Two that agree outvote a third, so the nodes are asked only when there are no two.
    evidences.push({ name: 'the nodes themselves', nodes: nodesByAsking(database, await askNodes()) });
    bound = agreedNodes(evidences);
  }
  const { id, policy, include, exclude } = endpoint;
  // The way back does not depend on bindings, so it is for whoever widens to stop at this.
  if (!bound) return { id, policy, include, exclude, nodes: [], unclear: whyUnclear(endpoint, evidences) };
  return { id, policy, include, exclude, nodes: bound };
}

/** A node that something names and the list of nodes does not have means that the two are from different moments. */
function assertKnownNodes(nodes: readonly RestNode[], named: Iterable<number>): void {
  const known = new Set(nodes.map((node) => node.id));
  for (const node of named)
    if (!known.has(node)) throw notUnderstood('nodes', `node ${node} is named elsewhere and missing in the list of nodes`);
}

/**
 * @param now - asked when everything is read.
 * @throws StepError `ClusterOutputError` or `DatabaseBusyError`.
 */
export async function assembleFacts(parts: FactsParts, now: () => Date): Promise<DatabaseFacts> {
  const { cluster, database, nodes, shards, job } = parts;
  const { id, name, status, syncerMode, policy, ossCluster, kind, crdtGuid } = database;
  if (syncerMode === undefined) throw notUnderstood(`${id}.syncer_mode`, 'the cluster does not say where the syncer runs');
  const endpoints: EndpointFacts[] = [];
  for (const endpoint of database.endpoints) endpoints.push(await bindingOf(endpoint, parts));
  assertKnownNodes(nodes, [...shards.map((shard) => shard.node), ...endpoints.flatMap((endpoint) => endpoint.nodes)]);
  return {
    database: { cluster, id, name },
    readAt: now().toISOString(),
    status,
    ...(job !== undefined && { job }),
    syncerMode,
    ...(policy !== undefined && { databasePolicy: policy }),
    ...(ossCluster !== undefined && { ossCluster }),
    ...(kind !== undefined && { replication: kind }),
    ...(crdtGuid !== undefined && { group: crdtGuid }),
    endpoints,
    primaryNodes: ascending(shards.filter((shard) => shard.isPrimary).map((shard) => shard.node)),
    sickShards: shards.flatMap(({ sick }) => (sick === undefined ? [] : [sick])),
    nodes: nodes.map(({ addresses: _addresses, ...node }) => node),
  };
}
