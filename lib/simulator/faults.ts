import type { ProxyPolicy, SyncerMode } from '../../lambdas/contracts/words.ts';
import { impose } from './behaviour.ts';
import { findDatabase, noteChange, type SimulatedCluster, setMode } from './cluster.ts';
import type { ReplicationTurn } from './replication.ts';

/** What someone else sets on a database; a policy without lists clears them, as `bind` does. */
export interface ForeignSettings {
  syncerMode?: SyncerMode;
  policy?: ProxyPolicy;
  include?: number[];
  exclude?: number[];
  name?: string;
  status?: string;
}

/** "For n commands" counts the commands after the faulted one: the next n see the one state, the one after them the other. */
export type FaultEffect =
  /** Refused: error text, exit 1, nothing changes. */
  | { kind: 'fail'; text?: string }
  /** Error text and exit 1 although the change was made. */
  | { kind: 'fail-but-applied'; text?: string }
  /** Success text although nothing changes. */
  | { kind: 'no-effect' }
  /** The change is made, then the process dies without a word. */
  | { kind: 'no-answer' }
  /** The process dies before anything is changed. */
  | { kind: 'lost' }
  /** Never answers. */
  | { kind: 'hang'; applied: boolean }
  /** Exit 0 with unrelated text, or with the first `truncateAt` characters of the right text. */
  | { kind: 'garbage'; applied: boolean; text?: string; truncateAt?: number }
  | { kind: 'slow'; ms: number }
  /** The change is made; the database is `active-change-pending` for so many commands. What the actions API says of the job then. */
  | { kind: 'busy'; commands: number; job?: 'forgotten' | 'completed' | 'failed' | 'stays active'; error?: string }
  /** Success text at once; the change is made only after so many commands. */
  | { kind: 'delayed'; commands: number }
  /** The change is made; after so many commands mode or policy return, or all bound proxies but one are gone while the policy stays. */
  | { kind: 'fall-back'; commands: number; what: 'mode' | 'policy' | 'proxies' }
  /** After a write was made and before any answer, the node goes down; its proxies stay listed unless unbound. */
  | { kind: 'node-down'; node: number; unbind?: boolean }
  /** Someone else changes a database before the command runs or after it was answered. */
  | { kind: 'foreign-change'; database: number; when: 'before' | 'after'; set: ForeignSettings }
  /** Before the command runs, the node is put into maintenance: its endpoints move, its shards stay listed. */
  | { kind: 'maintenance'; node: number }
  /** Before the command runs, the database is deleted. */
  | { kind: 'drop-database'; database: number }
  /** After so many commands replication turns, and is as before after so many more. See replication-faults.ts for the usual turns. */
  | { kind: 'replication'; database: number; set: ReplicationTurn; commands?: number; recoverAfter?: number }
  /** What only an answer over HTTP can suffer. */
  | HttpFault;

export type HttpFault =
  /** This status instead of an answer. `applied` says whether the request was carried out. */
  | { kind: 'status'; status: number; applied: boolean; body?: unknown }
  /** The connection is cut instead of an answer, before or after the request was carried out. */
  | { kind: 'drop'; applied: boolean }
  /** 200 with a page of some proxy in between. */
  | { kind: 'html'; applied: boolean }
  /** 200 with the right body cut in the middle, its length announced accordingly. */
  | { kind: 'truncated' }
  /** The right body, in pieces this far apart. */
  | { kind: 'trickle'; ms: number }
  /** A body of so many bytes. */
  | { kind: 'huge'; bytes: number }
  /** Sends the caller elsewhere; nothing is carried out. */
  | { kind: 'redirect'; to: string; status?: number }
  /** 200, the flag shows the wanted value, the mode does not follow. */
  | { kind: 'flag-only' }
  /** `?dry_run` is lost on the way, so that the validation is executed. */
  | { kind: 'dry-run-lost' };

export type Fault = Scripted<FaultEffect>;

/** When an effect hits. */
export interface Scripted<Effect> {
  /** Regular expression, matched against the arguments joined by single spaces: `PUT /v1/bdbs/7 {"crdt_sync_dist":true}` for a request. */
  on: string;
  /** The first matching command to hit, from 1. @default 1 */
  nth?: number;
  /** How many matching commands to hit from there on. @default 1 */
  times?: number | 'always';
  effect: Effect;
  /** Matching commands so far; kept by the simulator. */
  seen?: number;
}

/** Effects that hit this command, in the order they were scripted. Counts the command for every fault it matches. */
export function effectsOn(cluster: SimulatedCluster, argv: string[]): FaultEffect[] {
  return hitsOn(cluster.faults, argv.join(' '));
}

/** The effects that hit a line, counting it for every fault it matches. */
export function hitsOn<Effect>(faults: Scripted<Effect>[], line: string): Effect[] {
  return faults.flatMap((fault) => {
    if (!new RegExp(fault.on).test(line)) return [];
    fault.seen = (fault.seen ?? 0) + 1;
    const first = fault.nth ?? 1;
    const times = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    return fault.seen >= first && fault.seen < first + times ? [fault.effect] : [];
  });
}

/** Whether a write hit by these effects changes the cluster now, later, or never. */
export function timingOf(effects: FaultEffect[]): 'now' | 'later' | 'never' {
  const prevents = (effect: FaultEffect): boolean =>
    ['fail', 'no-effect', 'lost', 'redirect'].includes(effect.kind) || ('applied' in effect && !effect.applied);
  if (effects.some(prevents)) return 'never';
  return effects.some(({ kind }) => kind === 'delayed') ? 'later' : 'now';
}

/** What else happens to the cluster before the command runs, between running and answering, or after the answer. */
export function disturb(cluster: SimulatedCluster, effects: FaultEffect[], moment: 'before' | 'within' | 'after'): void {
  for (const effect of effects) {
    if (effect.kind === 'foreign-change' && effect.when === moment) changeFromOutside(cluster, effect.database, effect.set);
    if (effect.kind === 'node-down' && moment === 'within') takeDown(cluster, effect.node, effect.unbind === true);
    if (effect.kind === 'maintenance' && moment === 'before') setAside(cluster, effect.node);
    if (effect.kind === 'drop-database' && moment === 'before')
      cluster.databases = cluster.databases.filter(({ id }) => id !== effect.database);
  }
}

function changeFromOutside(cluster: SimulatedCluster, id: number, { policy, include, exclude, ...settings }: ForeignSettings): void {
  const database = findDatabase(cluster, `db:${id}`);
  if (!database) return;
  noteChange(cluster, database);
  Object.assign(database, settings);
  if (settings.syncerMode) setMode(database, settings.syncerMode);
  if (policy || include || exclude)
    impose(cluster, database, { ...(policy && { policy }), ...(include && { include }), ...(exclude && { exclude }) });
}

function takeDown(cluster: SimulatedCluster, id: number, unbind: boolean): void {
  for (const node of cluster.nodes) if (node.id === id) node.status = 'DOWN, last seen 5s ago';
  if (!unbind) return;
  for (const endpoint of cluster.databases.flatMap(({ endpoints }) => endpoints))
    endpoint.nodes = endpoint.nodes.filter((node) => node !== id);
}

function setAside(cluster: SimulatedCluster, id: number): void {
  for (const node of cluster.nodes) if (node.id === id) node.maintenance = true;
  for (const database of cluster.databases) if (database.endpoints.some(({ nodes }) => nodes.includes(id))) impose(cluster, database, {});
}
