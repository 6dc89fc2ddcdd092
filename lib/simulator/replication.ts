import type { Relation } from '../../lambdas/contracts/words.ts';

/** Stands in every address and key that a real cluster would hand out with a secret in it, so that a leak can be searched for. */
export const PLANTED_PASSWORD = 'planted-s3cr3t-of-a-source';

export interface SimulatedSource {
  uid: number;
  /** `in-sync`, `syncing`, `out-of-sync`, or anything else a cluster might say. */
  status: string;
  lagMs: number;
  lastError: string;
  /** Bytes of the snapshot of a full sync; 0 while there is none. */
  rdbSize: number;
  rdbTransferred: number;
  /** With credentials, as the cluster reports it. */
  uri: string;
  /** Added by every command that arrives: what a full sync transfers, what lag grows by. */
  growth?: { rdbTransferred?: number; lagMs?: number };
}

export interface SimulatedPeer {
  /** Number of the instance; also the uid of the source it is. */
  uid: number;
  /** FQDN of the participating cluster. */
  name: string;
  /** Whether this cluster reaches it. */
  up: boolean;
}

/** What one syncer serves: the sources of one relation. */
export interface SimulatedRelation {
  /** `enabled`, `disabled`, `paused` or `stopped`. */
  sync: string;
  sources: SimulatedSource[];
  /** Names of the alerts that are raised, without their prefix: `syncer_connection_error`. */
  alerts: string[];
  /** Lag of the recent past in milliseconds, oldest first, the same for every source. */
  lagHistoryMs: number[];
  /** Compressed bytes that come from each source in a second, the same for every source. @default 18528 */
  ingressBytesPerSecond?: number;
  /** The flag `*_sync_dist` where it differs from the mode. @default as the mode says */
  distributed?: boolean;
}

export interface SimulatedActiveActive extends SimulatedRelation {
  guid: string;
  peers: SimulatedPeer[];
}

/** Active-Active, Replica Of, both or, when empty, none. */
export interface SimulatedReplication {
  crdt?: SimulatedActiveActive;
  replica?: SimulatedRelation;
  /** What the availability check says beside what follows from status, proxies and lag. @default true */
  available?: boolean;
  /** A change restarts the syncer when this is false. @default true */
  reconfigurable?: boolean;
}

/** How replication turns out at some moment; what is not named stays. */
export interface ReplicationTurn {
  /** Relation concerned. @default every relation that the database has */
  relation?: Relation;
  /** Number of the one source concerned. @default all of them */
  source?: number;
  /** Set on the sources. */
  sources?: Partial<Omit<SimulatedSource, 'uid' | 'uri'>>;
  /** State of the relation. */
  sync?: string;
  alerts?: string[];
  /** A peer by its name that becomes reachable, or no longer is. */
  peer?: { name: string; up: boolean };
  available?: boolean;
  /** First everything becomes well again: in sync, no errors, alerts or growth, peers up, relations enabled, the usual lag. */
  healed?: boolean;
}

export const relationsOf = ({ crdt, replica }: SimulatedReplication): [Relation, SimulatedRelation][] => [
  ...(crdt ? ([['crdt', crdt]] satisfies [Relation, SimulatedRelation][]) : []),
  ...(replica ? ([['replica', replica]] satisfies [Relation, SimulatedRelation][]) : []),
];

const USUAL_LAG_MS = 38;
const usualLag = ({ lagHistoryMs }: SimulatedRelation): number => lagHistoryMs.at(-1) ?? USUAL_LAG_MS;

export function turn(replication: SimulatedReplication, wanted: ReplicationTurn): void {
  const concerned = relationsOf(replication).filter(([name]) => wanted.relation === undefined || name === wanted.relation);
  if (wanted.healed) heal(replication);
  if (wanted.available !== undefined) replication.available = wanted.available;
  for (const peer of replication.crdt?.peers ?? []) if (peer.name === wanted.peer?.name) peer.up = wanted.peer.up;
  for (const [, relation] of concerned) {
    if (wanted.sync !== undefined) relation.sync = wanted.sync;
    if (wanted.alerts) relation.alerts = [...wanted.alerts];
    for (const source of relation.sources)
      if (wanted.source === undefined || source.uid === wanted.source) Object.assign(source, structuredClone(wanted.sources));
  }
}

function heal(replication: SimulatedReplication): void {
  delete replication.available;
  for (const peer of replication.crdt?.peers ?? []) peer.up = true;
  for (const [, relation] of relationsOf(replication)) {
    Object.assign(relation, { sync: 'enabled', alerts: [] });
    for (const source of relation.sources) {
      Object.assign(source, { status: 'in-sync', lagMs: usualLag(relation), lastError: '', rdbSize: 0, rdbTransferred: 0 });
      delete source.growth;
    }
  }
}

/** One command has passed: what grows has grown. A snapshot that has arrived whole ends its full sync. */
export function grow(replication: SimulatedReplication): void {
  for (const [, relation] of relationsOf(replication))
    for (const source of relation.sources) {
      if (!source.growth) continue;
      source.lagMs += source.growth.lagMs ?? 0;
      source.rdbTransferred = Math.min(source.rdbSize, source.rdbTransferred + (source.growth.rdbTransferred ?? 0));
      const whole = source.rdbSize > 0 && source.rdbTransferred === source.rdbSize;
      if (source.status === 'syncing' && whole) source.status = 'in-sync';
    }
}

const history = (lagMs: number): number[] => Array.from({ length: 30 }, (_, i) => lagMs + ((i * 7) % 5) - 2).with(-1, lagMs);

const sourceOf = (uid: number, host: string, lagMs: number): SimulatedSource => ({
  uid,
  status: 'in-sync',
  lagMs,
  lastError: '',
  rdbSize: 0,
  rdbTransferred: 0,
  uri: `redis://admin:${PLANTED_PASSWORD}@${host}:13007`,
});

/** A healthy destination of Replica Of. @param count - number of sources. */
export const replicaOf = (count = 1, lagMs = USUAL_LAG_MS): SimulatedRelation => ({
  sync: 'enabled',
  sources: Array.from({ length: count }, (_, i) => sourceOf(i + 1, `10.30.0.${11 + i}`, lagMs)),
  alerts: [],
  lagHistoryMs: history(lagMs),
});

/** A healthy Active-Active instance, itself number 1. @param peers - FQDNs of the other participating clusters. */
export const activeActive = (
  peers: string[] = ['rs-b.example.net'],
  lagMs = USUAL_LAG_MS,
  guid = '552bbccb-99f3-4142-bd17-93d245f0bc79',
): SimulatedActiveActive => ({
  guid,
  peers: peers.map((name, i) => ({ uid: i + 2, name, up: true })),
  sync: 'enabled',
  sources: peers.map((name, i) => sourceOf(i + 2, `redis-13007.${name}`, lagMs)),
  alerts: [],
  lagHistoryMs: history(lagMs),
});
