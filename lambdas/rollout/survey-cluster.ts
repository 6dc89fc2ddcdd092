import * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import type { RolloutRecord, TargetPlan } from '../contracts/rollout.ts';
import { ClusterItemInput } from '../contracts/rollout-steps.ts';
import { classify } from '../domain/classify.ts';
import { foundPlan } from '../domain/plan.ts';
import { reportedState } from '../domain/report.ts';
import { selects } from '../domain/rollout/select.ts';
import { type ClusterReading, type DatabaseReading, isReading, readCluster } from './read-cluster.ts';
import { plannedRequest } from './settings.ts';
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

/** Databases that cannot be read and may be among those meant: whatever their kind and class are. */
function unreadIn({ cluster, databases }: ClusterReading, { select, wanted }: File): string[] {
  const { kinds: _, classes: __, ...byName } = select;
  return databases
    .flatMap((entry) => (isReading(entry) ? [] : [entry]))
    .filter(({ id, name }) => selects({ clusters: ['*'], ...byName }, { cluster, id, name, class: 'C1' }, wanted.syncerMode).selected)
    .map(({ name, id, error }) => `${name} (${id}) cannot be read: ${error.message}`);
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
