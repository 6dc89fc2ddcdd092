import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { Finding } from '../contracts/plan.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import type { ReplicationKind } from '../contracts/words.ts';
import { whyNotUnderstood } from './classify.ts';
import { findingsOf, soften } from './findings.ts';
import { hazardFindings, healthFindings } from './health-findings.ts';
import {
  concerns,
  isAffected,
  KNOWN_DEFECTS,
  type KnownDefect,
  NEWEST_KNOWN,
  OLDEST_SUPPORTED,
  SHARD_STATUS_FIXED,
} from './known-defects.ts';
import { compareVersions, isOlder, parseVersion, type Version } from './versions.ts';

/** Why the database itself must not be changed now, or undefined. Holds in either direction. */
export function whyNotChangeable(facts: Pick<DatabaseFacts, 'status' | 'job'>): string | undefined {
  if (facts.status !== 'active') return `database status is "${facts.status}", not "active"`;
  if (facts.job) return `a job runs on the database: ${facts.job}`;
  return undefined;
}

/** As many as a person reads, and few enough to travel through the workflow. */
const MOST_SAID = 10;

/** What is wrong with nodes and shards, one sentence each, the first of them when there are many. */
export function degradations(facts: Pick<DatabaseFacts, 'nodes' | 'sickShards'>): string[] {
  const all = everyDegradation(facts);
  return all.length <= MOST_SAID ? all : [...all.slice(0, MOST_SAID), `and ${all.length - MOST_SAID} more like these`];
}

const everyDegradation = (facts: Pick<DatabaseFacts, 'nodes' | 'sickShards'>): string[] => [
  ...facts.nodes.filter((node) => node.status !== 'OK').map((node) => `node ${node.id} is not OK: "${node.status}"`),
  ...facts.nodes
    .filter((node) => node.kind === 'empty')
    .map((node) => `node ${node.id} can host nothing and is not known to be quorum-only: is it in maintenance mode?`),
  ...(printsShardStatus(facts) ? facts.sickShards.map((shard) => `shard ${shard}`) : []),
];

/** Older builds print the status of a shard and that of its watchdog swapped, so it says nothing there. */
function printsShardStatus({ nodes }: Pick<DatabaseFacts, 'nodes'>): boolean {
  const fixed = parseVersion(SHARD_STATUS_FIXED);
  return !nodes.some(({ version }) => {
    const parsed = parseVersion(version);
    return parsed && fixed && isOlder(parsed, fixed);
  });
}

/** How the database replicates, as far as any way in tells. */
const kindOf = (facts: DatabaseFacts, health: HealthBefore | undefined): ReplicationKind | undefined =>
  facts.replication ?? health?.reading.kind;

function checkDefects(facts: DatabaseFacts, version: Version, kind: ReplicationKind | undefined): Finding[] {
  const affecting = KNOWN_DEFECTS.filter(
    (defect) => isAffected(defect, version) && concerns(defect, { kind, ossCluster: facts.ossCluster }),
  );
  // Where the cluster does not say whether a database is affected, somebody else has to know.
  const effectOf = (defect: KnownDefect) => (defect.onlyWithOssCluster && facts.ossCluster === undefined ? 'warns' : defect.effect);
  return affecting.flatMap((defect) =>
    findingsOf(defect.id, {
      version: version.join('.'),
      fixedIn: defect.fixedIn,
      kind,
      ossCluster: facts.ossCluster,
      source: defect.source,
    })[effectOf(defect)](`${defect.id}: ${defect.says} (fixed in ${defect.fixedIn.join(', ')})`),
  );
}

function checkVersions(facts: DatabaseFacts, kind: ReplicationKind | undefined): Finding[] {
  const printed = [...new Set(facts.nodes.map((node) => node.version))].sort();
  const { blocks, warns } = findingsOf('version', { versions: printed });
  if (printed.length > 1) return blocks(`nodes run different versions (${printed.join(', ')}): an upgrade is under way`);
  const version = parseVersion(printed[0] ?? '');
  if (!version) return warns(`version "${printed[0] ?? ''}" is not of a known form: known defects were not checked`);
  const oldest = parseVersion(OLDEST_SUPPORTED);
  if (oldest && isOlder(version, oldest))
    return blocks(`version ${printed[0]} is older than ${OLDEST_SUPPORTED}, the first that shows the mode`);
  const unknown = compareVersions(version, [NEWEST_KNOWN[0], NEWEST_KNOWN[1] + 1, 0, 0]) >= 0;
  return [...checkDefects(facts, version, kind), ...(unknown ? warns(`version ${printed[0]} is newer than any that was checked`) : [])];
}

function checkCluster({ runningActions, upgradeMode }: ClusterConditions): Finding[] {
  const { blocks, warns } = findingsOf('cluster', { runningActions, upgradeMode });
  return [
    ...(upgradeMode ? blocks('the cluster is in upgrade mode') : []),
    ...(runningActions?.length ? blocks(`the cluster is at work, try again later: ${runningActions.join('; ')}`) : []),
    ...(runningActions ? [] : warns('the cluster does not say whether other tasks are running')),
    ...(upgradeMode === undefined ? warns('the cluster does not say whether it is in upgrade mode') : []),
  ];
}

const checkHealthSource = ({ verification }: FullChangeRequest, health: HealthBefore | undefined): Finding[] =>
  verification.requireHealth && !health
    ? findingsOf('health source', { requireHealth: true }).blocks(
        'replication health is required (verification.requireHealth), and rladmin does not show it: configure "health" for this cluster',
      )
    : [];

function checkAgreement(facts: DatabaseFacts): Finding[] {
  const policy = facts.databasePolicy;
  const differing = facts.endpoints.filter((endpoint) => policy !== undefined && endpoint.policy !== policy);
  if (differing.length === 0) return [];
  return findingsOf('default policy', { databasePolicy: policy, endpoints: facts.endpoints }).warns(
    `info db says proxy_policy ${policy}, endpoint ${differing.map((endpoint) => `${endpoint.id} has ${endpoint.policy}`).join(', ')}: ` +
      'somebody bound it by itself; the endpoint is taken as the truth',
  );
}

function checkDatabase(facts: DatabaseFacts): Finding[] {
  const why = whyNotChangeable(facts);
  return why ? findingsOf('database', { status: facts.status, job: facts.job }).blocks(why) : [];
}

function checkUnderstood(facts: DatabaseFacts): Finding[] {
  const why = whyNotUnderstood(facts);
  return why ? findingsOf('class', { syncerMode: facts.syncerMode, endpoints: facts.endpoints }).blocks(`class X, ${why}`) : [];
}

const checkJob = ({ job, status }: DatabaseFacts, { runningActions }: ClusterConditions): Finding[] =>
  job === undefined && runningActions === undefined
    ? findingsOf('job', { status }).warns('the cluster does not say whether a job runs on the database, other than by its status')
    : [];

/**
 * The checks of the pre-flight list that the cluster lets one see. The way back to centralized is kept open wherever the database
 * itself can be changed: refusing it because a node is down would leave syncers running on a sick cluster.
 * @param health - how replication is doing, where there is a source of health data.
 */
export function preflight(
  request: FullChangeRequest,
  facts: DatabaseFacts,
  conditions: ClusterConditions,
  health?: HealthBefore,
): Finding[] {
  const always = [...checkDatabase(facts), ...(health ? hazardFindings(health) : [])];
  const towardsDistributed = [
    ...checkUnderstood(facts),
    ...findingsOf('nodes and shards', { nodes: facts.nodes, sickShards: facts.sickShards }).blocks(...degradations(facts)),
    ...checkHealthSource(request, health),
    ...(health ? healthFindings(health, facts, request.verification) : []),
    ...checkJob(facts, conditions),
    ...checkVersions(facts, kindOf(facts, health)),
    ...checkCluster(conditions),
    ...checkAgreement(facts),
  ];
  return [...always, ...(request.wanted.syncerMode === 'distributed' ? towardsDistributed : soften(towardsDistributed))];
}
