/** The words of the vendor's documentation that every part of syncshift shares. */

export const SYNCER_MODES = ['centralized', 'distributed'] as const;
/** Where the syncer of a database runs: on one node, or on every node that has a proxy of the database. */
export type SyncerMode = (typeof SYNCER_MODES)[number];

export const PROXY_POLICIES = ['single', 'all-master-shards', 'all-nodes'] as const;
/** Which proxies serve an endpoint; `rladmin status` prints it under ROLE. */
export type ProxyPolicy = (typeof PROXY_POLICIES)[number];

export const MULTI_PROXY_POLICIES = ['all-master-shards', 'all-nodes'] as const satisfies ProxyPolicy[];
/** The policies under which more than one proxy may serve an endpoint. */
export type MultiProxyPolicy = (typeof MULTI_PROXY_POLICIES)[number];

export const isMultiProxy = (policy: ProxyPolicy): policy is MultiProxyPolicy => policy !== 'single';

/** `db:7`: how a database is addressed once it has been inspected. */
export type DatabaseId = `db:${number}`;
/** `7:1`: database and number of an endpoint. */
export type EndpointId = `${number}:${number}`;
