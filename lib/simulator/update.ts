import type { ProxyPolicy } from '../../lambdas/contracts/words.ts';
import { boundNodes, noteChange, type SimulatedCluster, type SimulatedDatabase, setMode } from './cluster.ts';

/** Settings of a database that a request may change. */
export interface Update {
  proxy_policy?: ProxyPolicy;
  /** The endpoint the policy is for; without it only the database's own default changes. */
  endpoint?: string;
  crdt_sync_dist?: boolean;
  replica_sync_dist?: boolean;
  crdt_sync?: string;
  replica_sync?: string;
  oss_cluster?: boolean;
}

/**
 * Changes a database as a request asks.
 * @param flagOnly - the flags are stored and the mode does not follow.
 * @returns whether anything is different now.
 */
export function update(cluster: SimulatedCluster, database: SimulatedDatabase, settings: Update, flagOnly = false): boolean {
  const before = JSON.stringify(database);
  if (settings.proxy_policy !== undefined) setPolicy(cluster, database, settings.proxy_policy, settings.endpoint);
  setFlags(database, settings, flagOnly);
  for (const relation of ['crdt', 'replica'] as const) {
    const [wanted, found] = [settings[`${relation}_sync`], database.relations?.[relation]];
    if (wanted !== undefined && found) found.sync = wanted;
  }
  if (settings.oss_cluster !== undefined) database.ossCluster = settings.oss_cluster;
  const changed = JSON.stringify(database) !== before;
  if (changed) noteChange(cluster, database);
  return changed;
}

/** Lists of included and excluded proxies stay as they are: nobody says that a request clears them, as rladmin does. */
function setPolicy(cluster: SimulatedCluster, database: SimulatedDatabase, policy: ProxyPolicy, wanted: string | undefined): void {
  const endpoint = database.endpoints.find(({ id }) => wanted === `${database.id}:${id}`);
  database.proxyPolicy = policy;
  if (endpoint) Object.assign(endpoint, { policy, nodes: boundNodes(cluster, database, endpoint, policy) });
}

/** The mode is distributed when every relation of the database is flagged so; a flag of a relation it does not have moves nothing. */
function setFlags(database: SimulatedDatabase, settings: Update, flagOnly: boolean): void {
  const { crdt, replica } = database.relations ?? {};
  const flags = [
    { relation: crdt, wanted: settings.crdt_sync_dist },
    { relation: replica, wanted: settings.replica_sync_dist },
  ].flatMap(({ relation, wanted }) => (relation ? [{ relation, wanted }] : []));
  if (flags.every(({ wanted }) => wanted === undefined)) return;
  for (const { relation, wanted } of flags) relation.distributed = wanted ?? relation.distributed ?? database.syncerMode === 'distributed';
  const values = flags.map(({ relation }) => relation.distributed === true);
  const mode = values.every(Boolean) ? 'distributed' : 'centralized';
  if (flagOnly) return;
  if (new Set(values).size === 1) setMode(database, mode);
  else database.syncerMode = mode;
}
