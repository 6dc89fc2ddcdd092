import * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import type { RolloutRecord, TargetPlan } from '../contracts/rollout.ts';
import type { Selection } from '../contracts/rollout-file.ts';
import { ClusterItemInput } from '../contracts/rollout-steps.ts';
import { classify } from '../domain/classify.ts';
import { foundPlan } from '../domain/plan.ts';
import { reportedState } from '../domain/report.ts';
import { plannedRequest } from '../domain/rollout/requests.ts';
import { type Selectable, selects } from '../domain/rollout/select.ts';
import { type ClusterReading, type DatabaseReading, isReading, readCluster } from './read-cluster.ts';
import { type RolloutPorts, recordFor, rolloutStep } from './step.ts';

type File = RolloutRecord['request']['file'];

const isSelected = ({ facts, kind }: DatabaseReading, { select, wanted }: File): boolean => {
  const { cluster, id, name } = facts.database;
  return selects(select, { cluster, id, name, ...(kind && { kind }), class: classify(facts) }, wanted.syncerMode).selected;
};

/** What the change of one database would be, with everything to know before. */
function planOf(reading: DatabaseReading, { conditions, describe }: ClusterReading, file: File, { defaults }: RolloutPorts): TargetPlan {
  const { facts, health, healthError, kind, group, traffic } = reading;
  const { cluster, id, name } = facts.database;
  const request = plannedRequest(file, { cluster, database: id }, defaults);
  const { plan, findings } = foundPlan(request, facts, conditions, describe, health);
  const unseen = plan.needed && healthError !== undefined ? [`replication health cannot be read: ${healthError}`] : [];
  return {
    cluster,
    id,
    name,
    ...(kind && { kind }),
    ...(group !== undefined && { group }),
    class: classify(facts),
    before: reportedState(facts),
    ...(traffic && { traffic }),
    plan: { ...plan, blockers: [...unseen, ...plan.blockers] },
    findings,
    ...(health && { health }),
  };
}

/** Whether a database may be among those meant that tells neither its kind nor, maybe, its class. */
const maybeSelected = (database: Omit<Selectable, 'kind'>, { select, wanted }: File, except: readonly (keyof Selection)[]): boolean => {
  const others = Object.entries(select).filter(([key]) => !except.some((name) => name === key));
  const everywhere = others.length < Object.keys(select).length ? { clusters: ['*'] } : {};
  return selects({ ...everywhere, ...(Object.fromEntries(others) as Selection) }, database, wanted.syncerMode).selected;
};

/** Databases that cannot be read, or of which the kind that is asked for cannot be told, and that may be among those meant. */
function unreadIn({ cluster, databases }: ClusterReading, file: File): string[] {
  return databases.flatMap((entry) => {
    if (!isReading(entry)) {
      const { id, name, error } = entry;
      const isMeant = maybeSelected({ cluster, id, name, class: 'C1' }, file, ['kinds', 'classes']);
      return isMeant ? [`${name} (${id}) cannot be read: ${error.message}`] : [];
    }
    const { facts, kind, healthError } = entry;
    const { id, name } = facts.database;
    if (kind !== undefined || healthError === undefined || !file.select.kinds) return [];
    const isMeant = maybeSelected({ cluster, id, name, class: classify(facts) }, file, ['kinds']);
    return isMeant ? [`how ${name} (${id}) replicates cannot be read: ${healthError}`] : [];
  });
}

const NOTHING = z.strictObject({});

/** Looks at one cluster and keeps what of it the rollout is about. A cluster that cannot be read is noted as that. */
export async function surveyCluster({ item, ...place }: ClusterItemInput, ports: RolloutPorts): Promise<Record<string, never>> {
  const { rolloutId, file } = (await recordFor(place, ports)).request;
  const cluster = ports.clusters[item - 1];
  if (cluster === undefined) throw new StepError('InvalidInputError', `the configuration has no cluster number ${item}`);
  try {
    const reading = await readCluster(cluster, ports);
    const plans = reading.databases
      .filter(isReading)
      .filter((each) => isSelected(each, file))
      .map((each) => planOf(each, reading, file, ports));
    const [unread] = unreadIn(reading, file);
    const survey = { cluster, selected: plans.length, found: reading.databases.length, ...(unread !== undefined && { error: unread }) };
    await ports.rollouts.saveSurvey(rolloutId, survey, plans);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    await ports.rollouts.saveSurvey(rolloutId, { cluster, selected: 0, found: 0, error: error.message }, []);
  }
  return {};
}

export const handler = rolloutStep({ input: ClusterItemInput, output: NOTHING }, surveyCluster);
