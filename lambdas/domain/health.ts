import type { BegunState } from '../contracts/change-state.ts';
import type { HealthBefore, LagBaseline, LagStatistics, ReplicationHealth, SourceHealth } from '../contracts/health.ts';
import type { Verification } from '../contracts/request.ts';
import type { Sample } from '../contracts/verification.ts';
import { percentile95 } from './statistics.ts';

/** Statistics that cover less than this are no baseline, in seconds. */
const SHORTEST_BASELINE_SECONDS = 60;
/** How far apart two measures of the same lag may lie and still be taken for the same unit. */
const SAME_UNIT = 20;
/** Lag may grow to three times what it was, or by this much, whichever is more, in milliseconds. */
const ALLOWED_GROWTH_MS = 200;
const ALLOWED_FACTOR = 3;

/** How replication was before anything was written, as it was read last: after a gate it was read again. */
export const healthBefore = ({ begun, health }: Pick<BegunState, 'begun' | 'health'>): HealthBefore | undefined => begun.health ?? health;

const lagsOf = ({ sources }: Pick<ReplicationHealth, 'sources'>): number[] =>
  sources.map(({ lagMs }) => lagMs).filter((lag) => lag !== undefined);

/** Largest lag of any source, in milliseconds; absent when none is known. */
export function worstLag(health: Pick<ReplicationHealth, 'sources'>): number | undefined {
  const lags = lagsOf(health);
  return lags.length > 0 ? Math.max(...lags) : undefined;
}

/** Milliseconds in one unit of these figures: the vendor does not state it, so the lag of now, in milliseconds, has to tell. */
function unitOf(values: readonly number[], lagMs: number): number | undefined {
  const typical = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const agrees = (factor: number) => typical * factor <= lagMs * SAME_UNIT && lagMs <= typical * factor * SAME_UNIT;
  return [1, 1000].find(agrees);
}

/**
 * What lag is like before a change, from the cluster's own statistics of the last minutes. Where they are missing, too few, or in no
 * unit that fits the lag of now, the lag of now alone is the baseline.
 */
export function baselineOf(health: ReplicationHealth, statistics: LagStatistics | undefined): LagBaseline {
  const lags = lagsOf(health);
  const now: LagBaseline = { p95Ms: Math.max(0, ...lags), samples: lags.length, from: 'reading' };
  const sourceCount = Math.max(1, health.sources.length);
  const coversSeconds = statistics ? (statistics.values.length / sourceCount) * statistics.intervalSeconds : 0;
  if (!statistics || lags.length === 0 || coversSeconds < SHORTEST_BASELINE_SECONDS) return now;
  const unit = unitOf(statistics.values, now.p95Ms);
  if (unit === undefined) return now;
  return { p95Ms: percentile95(statistics.values) * unit, samples: statistics.values.length, from: 'statistics' };
}

/** Highest lag of a good sample, in milliseconds. */
export const lagLimitMs = ({ p95Ms }: LagBaseline, { maxLagMs }: Pick<Verification, 'maxLagMs'>): number =>
  Math.max(ALLOWED_FACTOR * p95Ms, p95Ms + ALLOWED_GROWTH_MS, maxLagMs);

type Problems = [Sample['state'], string[]];

const sourceName = ({ relation, id }: ReplicationHealth['sources'][number]): string => `source ${id} (${relation})`;

const stopped = ({ sync }: ReplicationHealth): string[] =>
  sync
    .filter(({ state }) => state === 'stopped')
    .map(({ relation }) => `${relation}_sync is stopped: the syncer met an unrecoverable error`);

/** A snapshot that is being sent, or was sent since the change began. */
function fullSyncs(now: ReplicationHealth, before: ReplicationHealth | undefined): string[] {
  const grew = (is: number | undefined, was: number | undefined) => is !== undefined && is > 0 && is > (was ?? 0);
  return now.sources.flatMap((source) => {
    const was = before?.sources.find(({ id, relation }) => id === source.id && relation === source.relation);
    // A size that was there before is what is left of an earlier one.
    const isOld = was !== undefined && source.rdbSize === was.rdbSize && source.rdbTransferred === was.rdbTransferred;
    if (source.status === 'syncing' && (source.rdbSize ?? 0) > 0 && !isOld)
      return [`${sourceName(source)} is in a full sync: ${source.rdbTransferred ?? 0} of ${source.rdbSize} bytes`];
    if (before && grew(source.rdbTransferred, was?.rdbTransferred)) return [`${sourceName(source)} went through a full sync`];
    return [];
  });
}

/** What makes every further write dangerous, undoing included: it would begin anew. Known without comparing with an earlier reading. */
export const hazards = (now: ReplicationHealth, before?: ReplicationHealth): Problems[] => [
  ['sync-stopped', stopped(now)],
  ['full-sync', fullSyncs(now, before)],
];

function foreign(now: ReplicationHealth, before: ReplicationHealth): string[] {
  const names = ({ sources }: ReplicationHealth) => sources.map(sourceName).sort().join(', ');
  const stateBefore = (relation: string) => before.sync.find((known) => known.relation === relation)?.state ?? 'not there';
  const turned = now.sync.filter(({ relation, state }) => state !== 'stopped' && state !== stateBefore(relation));
  return [
    ...(now.kind !== before.kind ? [`the database was ${before.kind}, is ${now.kind}`] : []),
    ...(names(now) !== names(before) ? [`its sources were ${names(before) || 'none'}, are ${names(now) || 'none'}`] : []),
    ...turned.map(({ relation, state }) => `${relation}_sync was ${stateBefore(relation)}, is ${state}`),
  ];
}

/** What is worse than it was: what ailed before the change is not held against it. */
function unhealthy(now: ReplicationHealth, { reading, baseline }: HealthBefore, settings: Pick<Verification, 'maxLagMs'>): string[] {
  const limit = lagLimitMs(baseline, settings);
  const wasRaised = new Set(reading.alerts);
  const wasDown = new Set(downPeers(reading));
  const before = ({ relation, id }: SourceHealth) => reading.sources.find((other) => other.id === id && other.relation === relation);
  const ofSource = (source: SourceHealth): string[] => {
    const { status, lagMs, lastError } = source;
    const was = before(source);
    if (status !== 'in-sync')
      return was && was.status !== 'in-sync' ? [] : [`${sourceName(source)} is ${status}${lastError ? `: ${lastError}` : ''}`];
    return [
      ...(lastError && lastError !== was?.lastError ? [`${sourceName(source)} reports an error since the change: ${lastError}`] : []),
      ...(lagMs === undefined && was?.lagMs !== undefined ? [`${sourceName(source)} tells no lag`] : []),
      ...(lagMs !== undefined && lagMs > limit ? [`${sourceName(source)} lags ${lagMs} ms, limit ${Math.round(limit)} ms`] : []),
    ];
  };
  const unavailable = now.availability?.available === false && reading.availability?.available !== false;
  return [
    ...(now.sources.length === 0 && reading.sources.length > 0 ? ['the cluster shows no source any more'] : []),
    ...now.sources.flatMap(ofSource),
    ...downPeers(now)
      .filter((name) => !wasDown.has(name))
      .map((name) => `peer ${name} is down`),
    ...(unavailable ? [`the availability check fails: ${now.availability?.detail ?? 'no reason given'}`] : []),
    ...(now.alerts ?? []).filter((alert) => !wasRaised.has(alert)).map((alert) => `alert ${alert} is raised`),
  ];
}

/** Replication works: what may be called healthy after a change. */
export const isHealthy = ({ sources, sync, availability }: ReplicationHealth): boolean =>
  sources.length > 0 &&
  sources.every(({ status, lagMs }) => status === 'in-sync' && lagMs !== undefined) &&
  sync.every(({ state }) => state === 'enabled') &&
  availability?.available !== false;

export const downPeers = ({ peers = [] }: Pick<ReplicationHealth, 'peers'>): string[] =>
  peers.filter(({ up }) => !up).map(({ name }) => name);

/** Every source was cut off and a peer is down: setting the mode back would not help while it is. */
const cutOff = (now: ReplicationHealth, before: ReplicationHealth): string[] =>
  before.sources.some(({ status }) => status === 'in-sync') &&
  now.sources.length > 0 &&
  now.sources.every(({ status }) => status === 'out-of-sync') &&
  downPeers(now).length > 0
    ? [`no source can be reached, and peer ${downPeers(now).join(', ')} is down`]
    : [];

/** Judges a reading of health against the one before the change, worst first. */
export const judgeHealth = (now: ReplicationHealth, before: HealthBefore, settings: Pick<Verification, 'maxLagMs'>): Problems[] => [
  ...hazards(now, before.reading),
  ['foreign', foreign(now, before.reading)],
  ['peer-down', cutOff(now, before.reading)],
  ['unhealthy', unhealthy(now, before, settings)],
];
