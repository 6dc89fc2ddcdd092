import { PROXY_POLICIES } from '../../../lambdas/contracts/words.ts';
import { isBusy } from '../behaviour.ts';
import { boundNodes, type SimulatedCluster, type SimulatedDatabase } from '../cluster.ts';
import type { Update } from '../update.ts';
import { problem, type RestReply, type RestRequest } from './message.ts';

type Check = (value: unknown) => boolean;
const isBoolean: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string';

/** What a request may change. Everything else is read-only here: whether a real cluster refuses or ignores the rest is not documented. */
const WRITABLE: Record<keyof Update, Check> = {
  proxy_policy: isText,
  endpoint: isText,
  crdt_sync_dist: isBoolean,
  replica_sync_dist: isBoolean,
  crdt_sync: isText,
  replica_sync: isText,
  oss_cluster: isBoolean,
};

const refused = (reply: RestReply): { refused: RestReply } => ({ refused: reply });

/** Reads the body of `PUT /v1/bdbs/{uid}` and judges it against the cluster as it is. */
export function wantedBy(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  request: RestRequest,
): { refused: RestReply } | { settings: Update } {
  if (!/^application\/json\b/i.test(request.contentType))
    return refused(problem(400, 'bad_request', 'Content-Type must be application/json'));
  const body = parsed(request.body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refused(problem(400, 'bad_request', 'malformed JSON'));
  for (const [name, value] of Object.entries(body)) {
    const check = Object.hasOwn(WRITABLE, name) ? WRITABLE[name as keyof Update] : undefined;
    if (!check) return refused(problem(400, 'invalid_schema', `Additional properties are not allowed ('${name}' is read-only or unknown)`));
    if (!check(value)) return refused(problem(400, 'invalid_schema', `${JSON.stringify(value)} is not valid for ${name}`));
  }
  const settings: Update = body;
  const invalid = invalidOf(cluster, database, settings);
  if (invalid) return refused(invalid);
  if (isBusy(database)) return refused(problem(409, 'db_busy', 'Database is currently busy with another conflicting operation'));
  return { settings };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidOf(cluster: SimulatedCluster, database: SimulatedDatabase, settings: Update): RestReply | undefined {
  const { proxy_policy: policy, endpoint: named } = settings;
  if (policy !== undefined && !PROXY_POLICIES.includes(policy))
    return problem(406, 'invalid_proxy_policy', `${policy} is not a proxy policy`);
  const endpoint = database.endpoints.find(({ id }) => named === `${database.id}:${id}`);
  const lists = database.endpoints.some(({ include, exclude }) => include.length + exclude.length > 0);
  const multi = (policy ?? database.proxyPolicy ?? 'all-nodes') !== 'single';
  if ((settings.oss_cluster ?? database.ossCluster) && (!multi || (settings.oss_cluster && lists)))
    return problem(406, 'invalid_oss_cluster_configuration', 'the OSS Cluster API needs a multi-proxy policy without proxy lists');
  if (policy && endpoint && boundNodes(cluster, database, endpoint, policy).length === 0)
    return problem(406, 'insufficient_resources', 'no available proxies for binding an endpoint');
  const distributes = settings.crdt_sync_dist === true || settings.replica_sync_dist === true;
  if (cluster.strictTune && distributes && database.endpoints.some((bound) => bound.policy === 'single'))
    return problem(406, 'invalid_proxy_policy', 'distributed syncing requires proxy policy all-nodes or all-master-shards');
  return undefined;
}
