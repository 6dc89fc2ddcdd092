import type { DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore, ReplicationHealth } from '../contracts/health.ts';
import type { Finding } from '../contracts/plan.ts';
import type { Verification } from '../contracts/request.ts';
import { findingsOf } from './findings.ts';
import { downPeers, hazards, lagLimitMs } from './health.ts';

/** Where two ways into the same cluster tell different things, one of them leads elsewhere or is out of date. */
export function disagreements({ seen }: Pick<ReplicationHealth, 'seen'>, facts: DatabaseFacts): string[] {
  const { id, name } = facts.database;
  const nodes = facts.nodes.map((node) => node.id).join(', ');
  return [
    ...(seen.id !== id || seen.name !== name ? [`REST calls the database ${seen.name} (${seen.id}), rladmin ${name} (${id})`] : []),
    ...(seen.nodes.join(', ') !== nodes ? [`REST knows nodes ${seen.nodes.join(', ')}, rladmin ${nodes}`] : []),
    ...(seen.syncerMode !== undefined && seen.syncerMode !== facts.syncerMode
      ? [`REST says syncer_mode ${seen.syncerMode}, rladmin ${facts.syncerMode}`]
      : []),
  ];
}

function checkKind({ kind, sources }: ReplicationHealth): Finding[] {
  const { blocks } = findingsOf('replication kind', { kind });
  if (kind === 'none') return blocks('class X, the database does not replicate: it is neither Active-Active nor a Replica Of destination');
  if (kind === 'both')
    return blocks('the database is both Active-Active and a Replica Of destination: one mode for two relations is not understood');
  if (sources.length === 0) return blocks('the cluster shows no source of this database, so its replication cannot be judged');
  return [];
}

function checkSources({ reading, baseline }: HealthBefore, settings: Pick<Verification, 'maxLagMs'>): Finding[] {
  // A baseline that is the reading itself would allow whatever lag there is.
  const limit = baseline.from === 'statistics' ? lagLimitMs(baseline, settings) : settings.maxLagMs;
  return reading.sources.flatMap((source) => {
    const { blocks, warns } = findingsOf('source', { ...source, baseline });
    const name = `source ${source.id} (${source.relation})`;
    if (source.status !== 'in-sync')
      return blocks(`${name} is ${source.status}, not in-sync${source.lastError ? `: ${source.lastError}` : ''}`);
    if (source.lagMs === undefined) return blocks(`${name} is in sync and tells no lag, so it could not be judged after the change`);
    return [
      ...(source.lastError ? warns(`${name} is in sync and still shows an earlier error: ${source.lastError}`) : []),
      ...(source.lagMs > limit
        ? blocks(`${name} lags ${source.lagMs} ms, more than the ${Math.round(limit)} ms that its recent past and the request allow`)
        : []),
    ];
  });
}

function checkSync({ sync }: ReplicationHealth): Finding[] {
  return sync
    .filter(({ state }) => state !== 'enabled' && state !== 'stopped')
    .flatMap(({ relation, state }) => findingsOf('sync', { relation, state }).blocks(`${relation}_sync is ${state}, not enabled`));
}

/** What forbids every write, in either direction: it would begin a full sync anew, or wake a syncer that gave up. */
export function hazardFindings({ reading }: HealthBefore): Finding[] {
  const { blocks } = findingsOf('hazard', { sync: reading.sync, sources: reading.sources });
  return hazards(reading).flatMap(([, problems]) => blocks(...problems));
}

/** Findings about replication: a database that is not healthy before the change cannot be judged after it. */
export function healthFindings(before: HealthBefore, facts: DatabaseFacts, settings: Pick<Verification, 'maxLagMs'>): Finding[] {
  const { reading, baseline } = before;
  const { availability, alerts = [], reconfigurable, seen } = reading;
  return [
    ...findingsOf('agreement', { seen, facts: { database: facts.database, syncerMode: facts.syncerMode } }).blocks(
      ...disagreements(reading, facts),
    ),
    ...checkKind(reading),
    ...checkSync(reading),
    ...checkSources(before, settings),
    ...findingsOf('peers', { peers: reading.peers }).blocks(...downPeers(reading).map((name) => `peer ${name} is down`)),
    ...(reading.kind === 'active-active' && reading.peers === undefined
      ? findingsOf('peers', { kind: reading.kind }).warns('the cluster does not say whether every participating cluster can be reached')
      : []),
    ...(availability?.available === false
      ? findingsOf('availability', availability).blocks(`the availability check fails: ${availability.detail ?? 'no reason given'}`)
      : []),
    ...findingsOf('alerts', { alerts }).warns(...alerts.map((alert) => `alert ${alert} is raised already`)),
    ...(reconfigurable === false
      ? findingsOf('support_syncer_reconf', { reconfigurable }).warns('changing the mode restarts the syncer on this database')
      : []),
    ...(baseline.from === 'reading'
      ? findingsOf('baseline', baseline).warns('the cluster gave no usable lag statistics: the lag of one reading is the baseline')
      : []),
  ];
}
