import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { Finding, FoundedPlan, Plan } from '../contracts/plan.ts';
import type { FullChangeRequest } from '../contracts/request.ts';
import type { Write } from '../contracts/write.ts';
import { classify, effectiveMode } from './classify.ts';
import { clientImpact } from './client-impact.ts';
import { findingsOf, sayFindings } from './findings.ts';
import { planHash } from './plan-hash.ts';
import { preflight } from './preflight.ts';
import { expectedProxies } from './proxy-set.ts';
import { bindsFor, mustHoldCentralized, tuneTo } from './writes.ts';

/** Names of the workflow states that write, in the order in which a plan shows them. */
export const WRITING_STATES = { hold: 'Hold centralized', bind: 'Rebind policy', tune: 'Tune syncer' } as const;

interface PlannedWrite {
  readonly name: string;
  readonly write: Write;
}

function plannedWrites(request: FullChangeRequest, facts: DatabaseFacts): PlannedWrite[] {
  const { syncerMode } = request.wanted;
  const hold = mustHoldCentralized(request, facts);
  const binds = bindsFor(request, facts).map((write) => ({ name: WRITING_STATES.bind, write }));
  const tune = hold || facts.syncerMode !== syncerMode;
  return [
    ...(hold ? [{ name: WRITING_STATES.hold, write: tuneTo(facts, 'centralized') }] : []),
    ...binds,
    ...(tune ? [{ name: WRITING_STATES.tune, write: tuneTo(facts, syncerMode) }] : []),
  ];
}

/** Blockers of the placement: distributing needs two nodes with a proxy on every endpoint, whatever the policy is called. */
function checkPlacement(request: FullChangeRequest, facts: DatabaseFacts): Finding[] {
  if (request.wanted.syncerMode === 'centralized') return [];
  const binds = bindsFor(request, facts);
  const { blocks } = findingsOf('placement', { endpoints: facts.endpoints, primaryNodes: facts.primaryNodes });
  return facts.endpoints.flatMap((endpoint) => {
    const bind = binds.find((candidate) => candidate.endpoint === endpoint.id);
    const nodes = bind ? expectedProxies(facts, bind.policy, endpoint.nodes) : endpoint.nodes;
    if (nodes.length >= 2) return [];
    const policy = bind?.policy ?? endpoint.policy;
    const where = nodes.length === 1 ? `only node ${nodes[0]}` : 'no node';
    return blocks(
      bind
        ? `policy ${policy} would bind endpoint ${endpoint.id} to ${where}: placement leaves nothing to distribute to`
        : `endpoint ${endpoint.id} has policy ${policy} but is bound to ${where}: fix placement or exclude lists first (class ${classify(facts)})`,
    );
  });
}

/** A database that is distributed in effect, or centralized by flag, and has no endpoint to rebind needs nothing. */
function isNeeded(request: FullChangeRequest, facts: DatabaseFacts, writes: PlannedWrite[]): boolean {
  if (request.wanted.syncerMode === 'centralized') return writes.length > 0;
  return writes.length > 0 || effectiveMode(facts) !== 'distributed';
}

const checkWithoutHealth = (request: FullChangeRequest, health: HealthBefore | undefined): Finding[] =>
  request.verification.requireHealth || health
    ? []
    : findingsOf('health source', {}).warns(
        'rladmin shows settings and bindings, not replication health: a success will be reported as "unverified"',
      );

/**
 * What a change would do to a database, and everything somebody should know before allowing it, with its evidence.
 * @param describe - a write in the words of the cluster's own interface.
 * @param health - how replication is doing, where there is a source of health data.
 */
export function foundPlan(
  request: FullChangeRequest,
  facts: DatabaseFacts,
  conditions: ClusterConditions,
  describe: (write: Write) => string,
  health?: HealthBefore,
): FoundedPlan {
  const writes = plannedWrites(request, facts);
  const needed = isNeeded(request, facts, writes);
  // Nothing stands in the way of doing nothing.
  const findings = needed
    ? [...preflight(request, facts, conditions, health), ...checkWithoutHealth(request, health), ...checkPlacement(request, facts)]
    : [];
  const plan = {
    hash: planHash(request, facts),
    needed,
    holdCentralized: mustHoldCentralized(request, facts),
    steps: writes.map(({ name, write }) => ({ name, command: describe(write) })),
    clientImpact: needed ? clientImpact(request, facts) : [],
    ...sayFindings(findings),
  };
  return { plan, findings };
}

/** The plan alone. */
export const makePlan = (...about: Parameters<typeof foundPlan>): Plan => foundPlan(...about).plan;
