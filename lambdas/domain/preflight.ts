import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import { whyNotUnderstood } from './classify.ts';
import { isAffected, KNOWN_DEFECTS, type KnownDefect, NEWEST_KNOWN, OLDEST_SUPPORTED, SHARD_STATUS_FIXED } from './known-defects.ts';
import { compareVersions, isOlder, parseVersion } from './versions.ts';

/** Findings of the checks before a change: `blockers` refuse it, `warnings` are shown to whoever decides. */
export interface Findings {
  readonly blockers: string[];
  readonly warnings: string[];
}

const merge = (findings: Findings[]): Findings => ({
  blockers: findings.flatMap((finding) => finding.blockers),
  warnings: findings.flatMap((finding) => finding.warnings),
});
const blocked = (...blockers: string[]): Findings => ({ blockers, warnings: [] });
const warned = (...warnings: string[]): Findings => ({ blockers: [], warnings });
const FINE: Findings = { blockers: [], warnings: [] };

/** Why the database itself must not be changed now, or undefined. Holds in either direction. */
export function whyNotChangeable(facts: Pick<DatabaseFacts, 'status' | 'job'>): string | undefined {
  if (facts.status !== 'active') return `database status is "${facts.status}", not "active"`;
  if (facts.job) return `a job runs on the database: ${facts.job}`;
  return undefined;
}

/** What is wrong with nodes and shards, one sentence each. */
export const degradations = (facts: Pick<DatabaseFacts, 'nodes' | 'sickShards'>): string[] => [
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

function checkVersions(facts: DatabaseFacts): Findings {
  const printed = [...new Set(facts.nodes.map((node) => node.version))].sort();
  if (printed.length > 1) return blocked(`nodes run different versions (${printed.join(', ')}): an upgrade is under way`);
  const version = parseVersion(printed[0] ?? '');
  if (!version) return warned(`version "${printed[0] ?? ''}" is not of a known form: known defects were not checked`);
  const oldest = parseVersion(OLDEST_SUPPORTED);
  if (oldest && isOlder(version, oldest))
    return blocked(`version ${printed[0]} is older than ${OLDEST_SUPPORTED}, the first that shows the mode`);
  const affecting = KNOWN_DEFECTS.filter(
    (defect) => isAffected(defect, version) && (!defect.onlyWithOssCluster || facts.ossCluster !== false),
  );
  // Where the cluster does not say whether a database is affected, somebody else has to know.
  const effectOf = (defect: KnownDefect) => (defect.onlyWithOssCluster && facts.ossCluster === undefined ? 'warns' : defect.effect);
  const say = (effect: KnownDefect['effect']) =>
    affecting
      .filter((defect) => effectOf(defect) === effect)
      .map(({ id, says, fixedIn }) => `${id}: ${says} (fixed in ${fixedIn.join(', ')})`);
  const unknown = compareVersions(version, [NEWEST_KNOWN[0], NEWEST_KNOWN[1] + 1, 0, 0]) >= 0;
  return {
    blockers: say('blocks'),
    warnings: [...say('warns'), ...(unknown ? [`version ${printed[0]} is newer than any that was checked`] : [])],
  };
}

function checkCluster(conditions: ClusterConditions): Findings {
  const { runningActions, upgradeMode } = conditions;
  const findings: Findings[] = [];
  if (upgradeMode) findings.push(blocked('the cluster is in upgrade mode'));
  if (runningActions?.length) findings.push(blocked(`the cluster is at work, try again later: ${runningActions.join('; ')}`));
  if (!runningActions) findings.push(warned('the cluster does not say whether other tasks are running'));
  if (upgradeMode === undefined) findings.push(warned('the cluster does not say whether it is in upgrade mode'));
  return merge(findings);
}

/** What a request asks for that this version cannot do is refused, never ignored. */
const checkApproval = ({ approval }: FullChangeRequest): Findings =>
  approval.required ? blocked('an approval is required, and this version has no approval gate') : FINE;

const checkWindow = ({ window }: FullChangeRequest): Findings =>
  window ? blocked('a change window is given, and this version cannot wait for one') : FINE;

const checkHealthSource = ({ verification }: FullChangeRequest): Findings =>
  verification.requireHealth ? blocked('replication health is required (verification.requireHealth), and rladmin does not show it') : FINE;

function checkAgreement(facts: DatabaseFacts): Findings {
  const policy = facts.databasePolicy;
  const differing = facts.endpoints.filter((endpoint) => policy !== undefined && endpoint.policy !== policy);
  if (differing.length === 0) return FINE;
  return warned(
    `info db says proxy_policy ${policy}, endpoint ${differing.map((endpoint) => `${endpoint.id} has ${endpoint.policy}`).join(', ')}: ` +
      'somebody bound it by itself; the endpoint is taken as the truth',
  );
}

/**
 * The checks of the pre-flight list that rladmin can see. The way back to centralized is kept open wherever the database
 * itself can be changed: refusing it because a node is down would leave syncers running on a sick cluster.
 */
export function preflight(request: FullChangeRequest, facts: DatabaseFacts, conditions: ClusterConditions): Findings {
  const database = whyNotChangeable(facts);
  const always = [checkApproval(request), database ? blocked(database) : FINE];
  const notUnderstood = whyNotUnderstood(facts);
  const unknownJob = facts.job === undefined && conditions.runningActions === undefined;
  const towardsDistributed = [
    notUnderstood ? blocked(`class X, ${notUnderstood}`) : FINE,
    blocked(...degradations(facts)),
    checkWindow(request),
    checkHealthSource(request),
    unknownJob ? warned('the cluster does not say whether a job runs on the database, other than by its status') : FINE,
    checkVersions(facts),
    checkCluster(conditions),
    checkAgreement(facts),
  ];
  if (request.wanted.syncerMode === 'distributed') return merge([...always, ...towardsDistributed]);
  const softened = merge(towardsDistributed);
  return merge([...always, warned(...softened.blockers, ...softened.warnings)]);
}
