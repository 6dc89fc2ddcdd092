import { ofOutcome } from './rollout-chaos-outcome.ts';
import type { Aftermath, Ended } from './rollout-chaos-run.ts';
import { ofSelection } from './rollout-chaos-scope.ts';
import { ofTargets } from './rollout-chaos-targets.ts';

/** Whatever became of a change that is left to somebody: it may have ended because its database could not be read any more. */
async function isLeftToSomebody({ lab }: Aftermath, changeId: string): Promise<boolean> {
  return (await lab.store.get(changeId))?.report?.outcome === 'needs-operator';
}

/** Groups that no cluster tells of are kept apart by names within one rollout; two rollouts know nothing of each other's. */
const isUnknowable = ({ situation, rollouts }: Aftermath, says: string): boolean =>
  !situation.watched && rollouts.length > 1 && says.startsWith('members of one group at once');

/** The rules that are looked at while it happens. */
async function ofRules(aftermath: Aftermath): Promise<string[]> {
  const kept = await Promise.all(
    aftermath.lab.rules.broken.map(async (says) => {
      const unread = /^(\S+) is complete, and \S+ was not read/.exec(says)?.[1];
      return unread === undefined || !(await isLeftToSomebody(aftermath, unread)) ? [says] : [];
    }),
  );
  return kept
    .flat()
    .filter((says) => !isUnknowable(aftermath, says))
    .map((says) => `rule broken: ${says}`);
}

/** A lock is only left where somebody is needed. */
async function ofLocks({ lab, rollouts }: Aftermath): Promise<string[]> {
  const needing = rollouts.flatMap(({ targets }) => targets.filter(({ state }) => state === 'needs-operator'));
  const isNeeded = (cluster: string, database: string) => needing.some((target) => target.cluster === cluster && target.id === database);
  return (await lab.locks())
    .filter(({ cluster, database }) => !isNeeded(cluster, database))
    .map(({ cluster, database, changeId }) => `lock left: ${cluster}/${database} by ${changeId}`);
}

const ofOne = async (aftermath: Aftermath, ended: Ended): Promise<string[]> => [
  ...ofSelection(aftermath, ended),
  ...(await ofTargets(aftermath, ended)),
  ...ofOutcome(aftermath, ended),
];

/** Everything that is not as it must be after rollouts, whatever happened to them. */
export async function breachesOf(aftermath: Aftermath): Promise<string[]> {
  const each = await Promise.all(
    aftermath.rollouts.map(async (ended) => (await ofOne(aftermath, ended)).map((says) => `${ended.id}: ${says}`)),
  );
  return [
    ...aftermath.faults.map((says) => `run failed: ${says}`),
    ...(await ofRules(aftermath)),
    ...(await ofLocks(aftermath)),
    ...each.flat(),
  ];
}
