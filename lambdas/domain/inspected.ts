import type { ClusterConditions, DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore } from '../contracts/health.ts';
import type { RequestDefaults } from '../contracts/request.ts';
import type { Traffic } from '../contracts/traffic.ts';
import type { ReplicationKind } from '../contracts/words.ts';
import type { Write } from '../contracts/write.ts';
import { fullRequest } from './full-request.ts';
import { worstLag } from './health.ts';
import { foundPlan } from './plan.ts';

/** A database as one look at its cluster found it; what the cluster does not say is absent. */
interface Reading {
  readonly facts: DatabaseFacts;
  readonly health?: HealthBefore;
  /** Why there is no health, where the cluster has a source of it. */
  readonly healthError?: string;
  readonly kind?: ReplicationKind;
  /** GUID of its Active-Active group. */
  readonly group?: string;
  readonly traffic?: Traffic;
}

/** What a plan needs to know of the cluster beside the database. */
interface Surroundings {
  readonly conditions: ClusterConditions;
  readonly describe: (write: Write) => string;
}

/** A database with what its reading means. */
export interface Inspected extends Omit<Reading, 'health'> {
  /** Largest lag of any source now, in milliseconds. */
  readonly lagMs?: number;
  /** That of the nodes; several, separated by commas, while they differ. */
  readonly version: string;
  /** What stands in the way of distributing it now, one sentence each; none for one that is distributed in effect. */
  readonly blockers: readonly string[];
}

export const versionsOf = ({ nodes }: Pick<DatabaseFacts, 'nodes'>): string =>
  [...new Set(nodes.map(({ version }) => version))].sort().join(', ');

/** Its plan is made and never carried out, so that the name is nobody's. */
const NO_CHANGE = 'inspection';

/** @param defaults - configured parts of a request: with them a change would be asked for. */
export function inspected(reading: Reading, { conditions, describe }: Surroundings, defaults: RequestDefaults): Inspected {
  const { health, ...rest } = reading;
  const { facts } = rest;
  const { cluster, id } = facts.database;
  const request = fullRequest({ target: { cluster, database: id }, wanted: { syncerMode: 'distributed' } }, defaults, NO_CHANGE);
  const { plan } = foundPlan(request, facts, conditions, describe, health);
  const lagMs = health && worstLag(health.reading);
  return { ...rest, ...(lagMs !== undefined && { lagMs }), version: versionsOf(facts), blockers: plan.blockers };
}
