import type { Answering, Asked, Reply } from './https-cluster.ts';

type Json = Record<string, unknown>;

/** A database on a calm cluster of three nodes, as the API shows it. */
export const database = (settings: Json = {}): Json => ({
  uid: 7,
  name: 'orders',
  type: 'redis',
  status: 'active',
  last_changed_time: '2026-11-01T00:00:00Z',
  crdt: true,
  crdt_guid: 'guid-1',
  crdt_sync: 'enabled',
  crdt_sync_dist: false,
  replica_sync: 'disabled',
  replica_sync_dist: false,
  replica_sources: [],
  syncer_mode: 'centralized',
  support_syncer_reconf: true,
  proxy_policy: 'single',
  oss_cluster: false,
  endpoints: [endpoint()],
  crdt_sources: [source()],
  future_field: { any: 'thing' },
  ...settings,
});
export const endpoint = (settings: Json = {}): Json => ({
  uid: '7:1',
  dns_name: 'redis-13007.rs.example.net',
  port: 13007,
  addr: ['127.0.0.2'],
  addr_type: 'internal',
  proxy_policy: 'single',
  ...settings,
});
export const source = (settings: Json = {}): Json => ({
  uid: 2,
  uri: 'redis://admin:S3CRET@peer:12000',
  status: 'in-sync',
  lag: 38,
  last_error: '',
  rdb_size: 0,
  rdb_transferred: 0,
  ...settings,
});
export const node = (uid: number, settings: Json = {}): Json => ({
  uid,
  addr: `127.0.0.${uid}`,
  external_addr: [],
  status: 'active',
  software_version: '8.0.20-96',
  max_listeners: 100,
  accept_servers: true,
  ...settings,
});

export interface SmallApi {
  bdb: Json;
  /** Answers to a path without its query; they go before what the rest of this says. */
  readonly routes: Record<string, Reply | ((asked: Asked) => Reply)>;
  /** Nodes whose proxy serves the database. */
  serving: number[];
  /** What a PUT that is no dry run does. */
  put: (asked: Asked) => Reply;
  dryRun: (asked: Asked) => Reply;
  readonly answer: Answering;
}

const NOT_FOUND: Reply = { status: 404, json: { error_code: 'not_found' } };

/** The part of the API that a change needs, over a database that tests set as they like. */
export function smallApi(settings: Json = {}): SmallApi {
  const api: SmallApi = {
    bdb: database(settings),
    serving: [2],
    routes: {},
    put: ({ body }) => {
      const { endpoint: uid, ...changes } = JSON.parse(body) as Json;
      const endpoints = (api.bdb.endpoints as Json[]).map((one) =>
        one.uid === uid ? { ...one, proxy_policy: changes.proxy_policy } : one,
      );
      const isDistributed = changes.crdt_sync_dist ?? changes.replica_sync_dist;
      const mode = isDistributed === undefined ? {} : { syncer_mode: isDistributed ? 'distributed' : 'centralized' };
      Object.assign(api.bdb, changes, mode, { endpoints, last_changed_time: '2026-11-02T00:00:00Z' });
      return { json: { ...api.bdb, action_uid: 'job-1' } };
    },
    dryRun: () => ({}),
    answer: (asked) => {
      const [path = ''] = asked.path.split('?');
      const route = Object.hasOwn(api.routes, path) ? api.routes[path] : undefined;
      if (route) return typeof route === 'function' ? route(asked) : route;
      if (asked.method === 'PUT') return asked.path.includes('dry_run') ? api.dryRun(asked) : api.put(asked);
      const parts: Record<string, () => Reply> = {
        '/v1/bdbs': () => ({ json: [api.bdb] }),
        '/v1/bdbs/7': () => ({ json: api.bdb }),
        '/v1/nodes': () => ({ json: [1, 2, 3].map((uid) => node(uid)) }),
        '/v1/nodes/status': () => ({ json: { 1: { role: 'master' }, 2: {}, 3: {} } }),
        '/v1/bdbs/7/shards': () => ({
          json: [
            { uid: '21', role: 'master', node_uid: '1', status: 'active', detailed_status: 'ok' },
            { uid: 22, role: 'slave', node_uid: 2, status: 'active' },
          ],
        }),
        '/v1/endpoints/stats': () => ({ json: api.serving.map((uid) => ({ uid: `7:1:${uid}`, intervals: [] })) }),
        '/v1/actions/bdb/7': () => ({ json: [] }),
        '/v1/actions': () => ({ json: { actions: [], 'state-machines': [] } }),
        '/v1/actions/job-1': () => ({ status: 404, json: { error_code: 'action_not_found' } }),
        '/v1/cluster': () => ({ json: { name: 'rs.example.net', upgrade_mode: false } }),
        '/v1/local/bdbs/7/endpoint/availability': () => ({
          status: api.serving.includes(Number(asked.at.split('.')[3])) ? 200 : 503,
          json: {},
        }),
        '/v1/bdbs/7/availability': () => ({}),
      };
      return parts[path]?.() ?? NOT_FOUND;
    },
  };
  return api;
}
