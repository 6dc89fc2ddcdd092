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

export const REPLICATION_KINDS = ['active-active', 'replica-of', 'both', 'none'] as const;
/** How a database replicates: Active-Active, as the destination of Replica Of, as both, or not at all. */
export type ReplicationKind = (typeof REPLICATION_KINDS)[number];

export const RELATIONS = ['crdt', 'replica'] as const;
/** A relation that a syncer serves: Active-Active or Replica Of, in the words of the REST API's fields. */
export type Relation = (typeof RELATIONS)[number];

/** `db:7`: how a database is addressed once it has been inspected. */
export type DatabaseId = `db:${number}`;
/** `7:1`: database and number of an endpoint. */
export type EndpointId = `${number}:${number}`;
