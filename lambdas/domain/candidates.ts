import type { Traffic } from '../contracts/traffic.ts';
import { boundNodes, effectiveMode, whyNotUnderstood } from './classify.ts';
import type { Inspected } from './inspected.ts';

/** What a ranking goes by. What the cluster does not say is absent. */
export interface CandidateFigures extends Readonly<Traffic> {
  /** Nodes that host a primary shard of the database, ascending. */
  readonly primaryNodes: readonly number[];
  /** How many nodes of the cluster can host a proxy. */
  readonly nodes: number;
  /** Nodes whose proxies serve the database now, ascending. */
  readonly proxies: readonly number[];
  /** Largest lag of any source now. */
  readonly lagMs?: number;
}

export interface Candidate {
  readonly database: Inspected;
  readonly figures: CandidateFigures;
  /** Why it stands where it stands, in one sentence. */
  readonly reason: string;
  /** Other members of its Active-Active group among the databases that were read, as `<cluster>/<database>`. */
  readonly alsoOn: readonly string[];
}

/** Lag that weighs as much as `WEIGHTY_BYTES` of traffic, in milliseconds. */
const WEIGHTY_LAG_MS = 1_000;
/** Compressed bytes a second. */
const WEIGHTY_BYTES = 10_000_000;

const placeOf = ({ facts: { database } }: Inspected): string => `${database.cluster}/${database.name}`;

export function figuresOfDatabase({ facts, traffic, lagMs }: Inspected): CandidateFigures {
  return {
    primaryNodes: facts.primaryNodes,
    nodes: facts.nodes.filter(({ kind }) => kind === 'data').length,
    proxies: boundNodes(facts),
    ...traffic,
    ...(lagMs !== undefined && { lagMs }),
  };
}

/** How much its one syncer has to do: traffic or lag, whichever weighs more. Below everything else where neither is known. */
const burden = ({ syncBytesPerSecond, lagMs }: CandidateFigures): number =>
  Math.max((syncBytesPerSecond ?? -1) / WEIGHTY_BYTES, (lagMs ?? -1) / WEIGHTY_LAG_MS);

/** `18.5 kB/s` */
export function sayBytes(perSecond: number): string {
  const units = ['B/s', 'kB/s', 'MB/s', 'GB/s'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, perSecond)) / 3)));
  return `${Number((perSecond / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

const sayNodes = (nodes: readonly number[]): string => (nodes.length === 1 ? `node ${nodes[0]}` : `nodes ${nodes.join(', ')}`);

function sayBurden({ syncBytesPerSecond, lagMs }: CandidateFigures): string {
  const traffic = syncBytesPerSecond === undefined ? '' : `takes in ${sayBytes(syncBytesPerSecond)}`;
  const lag = lagMs === undefined ? '' : `lags ${Math.round(lagMs)} ms`;
  return [traffic, lag].filter((text) => text !== '').join(' and ') || 'with an unknown load works';
}

function whyItGains({ kind }: Inspected, figures: CandidateFigures): string {
  const { primaryNodes, proxies } = figures;
  const served = proxies.length === 1 ? 'behind one proxy' : `although ${proxies.length} proxies serve it`;
  const unsure = kind === undefined ? '; the cluster does not say whether it replicates' : '';
  return `one syncer ${sayBurden(figures)} for primaries on ${primaryNodes.length} nodes, ${served}${unsure}`;
}

/** Why a database would not gain from being distributed, or cannot be distributed now; undefined for one that would gain. */
function whyItDoesNot({ facts, kind, blockers }: Inspected): string | undefined {
  if (effectiveMode(facts) === 'distributed') return `already distributed over ${sayNodes(boundNodes(facts))}`;
  const notUnderstood = whyNotUnderstood(facts);
  if (notUnderstood !== undefined) return `not understood: ${notUnderstood}`;
  if (kind === 'none') return 'it does not replicate, so it has no syncer';
  if (facts.primaryNodes.length < 2)
    return facts.primaryNodes.length === 0
      ? 'the cluster shows no primary of it'
      : `all its primaries are on ${sayNodes(facts.primaryNodes)}: there is nothing to share`;
  return blockers.length > 0 ? `blocked: ${blockers.join('; ')}` : undefined;
}

/** Members by group. */
function groupsOf(databases: readonly Inspected[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const database of databases)
    if (database.group !== undefined) groups.set(database.group, [...(groups.get(database.group) ?? []), placeOf(database)]);
  return groups;
}

const byBurden = ({ figures: a, database: one }: Candidate, { figures: b, database: other }: Candidate): number =>
  burden(b) - burden(a) ||
  b.primaryNodes.length - a.primaryNodes.length ||
  (b.requestsPerSecond ?? -1) - (a.requestsPerSecond ?? -1) ||
  placeOf(one).localeCompare(placeOf(other), 'en', { numeric: true });

/**
 * Databases that would gain from being distributed, the one with most work for its one syncer first, and those that would not, in the
 * order in which they came.
 */
export function rankCandidates(databases: readonly Inspected[]): { candidates: Candidate[]; others: Candidate[] } {
  const groups = groupsOf(databases);
  const candidates: Candidate[] = [];
  const others: Candidate[] = [];
  for (const database of databases) {
    const figures = figuresOfDatabase(database);
    const members = database.group === undefined ? [] : (groups.get(database.group) ?? []);
    const alsoOn = members.filter((member) => member !== placeOf(database));
    const against = whyItDoesNot(database);
    const list = against === undefined ? candidates : others;
    list.push({ database, figures, alsoOn, reason: against ?? whyItGains(database, figures) });
  }
  return { candidates: candidates.sort(byBurden), others };
}
