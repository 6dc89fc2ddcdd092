import type { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { TargetState } from '../../lambdas/contracts/rollout-outcomes.ts';
import { databaseOf, type SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import { truthOf } from './rollout-chaos-history.ts';
import type { Aftermath, Ended } from './rollout-chaos-run.ts';
import { fleetOf } from './rollout-chaos-situation.ts';

type Wanted = Pick<RolloutFile, 'wanted'>;

/** Nodes that would serve the database under a policy, all nodes being well. */
const nodesUnder = (policy: string, { shards }: SimulatedDatabase): number =>
  policy === 'all-nodes' ? 3 : new Set(shards.filter(({ role }) => role === 'master').map(({ node }) => node)).size;

/** Where a target has to end when nothing goes wrong, from how it was found. */
function calmState(database: SimulatedDatabase, watched: boolean, { wanted }: Wanted): TargetState {
  const { syncerMode, proxyPolicy } = wanted;
  if (syncerMode === 'centralized' && database.syncerMode === 'centralized') return 'unchanged';
  const isAsAsked = database.endpoints.every(({ policy }) => proxyPolicy === undefined || policy === proxyPolicy);
  if (syncerMode === 'distributed' && truthOf(database) === 'distributed' && isAsAsked) return 'unchanged';
  const isLone = !database.relations?.crdt && !database.relations?.replica;
  if (watched && isLone) return 'refused';
  if (syncerMode === 'centralized') return 'applied';
  const policyOf = (policy: string) => proxyPolicy ?? (policy === 'single' ? 'all-master-shards' : policy);
  return database.endpoints.every(({ policy }) => nodesUnder(policyOf(policy), database) >= 2) ? 'applied' : 'refused';
}

/** Ends that somebody has asked for, and such as were cut short. */
function alsoFine({ lab }: Aftermath, { record }: Ended): readonly TargetState[] {
  const isCut = lab.crashes > 0 || lab.asked.some(({ control }) => control !== 'pause' && control !== 'resume');
  // What a way back was cut short in is restored to where it was to go: made again, it finds nothing to do.
  const isThere = lab.crashes > 0 && record.request.file.wanted.syncerMode === 'centralized';
  return ['waiting', 'undone', ...(isCut ? (['rolled-back', 'refused'] as const) : []), ...(isThere ? (['unchanged'] as const) : [])];
}

/** Where no fault was, everything ends as it was found to end, but for what was asked for. */
export function expectedCalmly(aftermath: Aftermath, ended: Ended): string[] {
  const { lab, situation, rollouts } = aftermath;
  if (lab.disturbed.size > 0 || rollouts.length > 1) return [];
  const before = new Map(fleetOf(situation).map((cluster) => [shortName(cluster), cluster]));
  const isQuiet = lab.crashes + lab.asked.length + lab.alarmsRaised === 0 && ended.record.stop?.cause !== 'rejected';
  const fine = isQuiet ? [] : alsoFine(aftermath, ended);
  const blocked = (ended.record.plan?.blockers.length ?? 1) > 0;
  return ended.targets.flatMap(({ cluster, id, state }) => {
    const found = before.get(cluster);
    if (!found || blocked) return [];
    const calm = calmState(databaseOf(found, Number(id.slice('db:'.length))), situation.watched, ended.record.request.file);
    return state === calm || fine.includes(state) ? [] : [`calm: ${cluster}/${id} is ${state}, and nothing kept it from being ${calm}`];
  });
}
