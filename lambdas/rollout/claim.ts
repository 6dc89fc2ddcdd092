import type { RolloutTarget } from '../contracts/rollout.ts';
import type { RolloutPorts } from './step.ts';

/** Another owner that has ended may be another one at the next look. */
const ATTEMPTS = 5;

type Claimed = Pick<RolloutTarget, 'cluster' | 'id'>;

/** Stands for all members of an Active-Active group: no cluster has a database of this number. */
const membersOf = (group: string): Claimed => ({ cluster: group, id: 'db:0' });

async function ownerOtherThan(
  rolloutId: string,
  claimed: Claimed,
  { rollouts }: Pick<RolloutPorts, 'rollouts'>,
): Promise<string | undefined> {
  let ended: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const owner = await rollouts.claim(claimed, rolloutId, ended);
    if (owner === rolloutId) return undefined;
    const record = await rollouts.get(owner);
    if (record && record.status !== 'ended') return `belongs to rollout ${owner}, which is ${record.status}`;
    ended = owner;
  }
  return `had ${ATTEMPTS} owners among the rollouts in a row`;
}

/**
 * Makes a database this rollout's own, and with it its Active-Active group where that is known: two rollouts must not change members of
 * one group at once. Both belong to the rollout that began a change of them first, until that one has ended.
 * @returns why one is somebody else's, or undefined.
 */
export async function whyNotOurs(
  { cluster, id, group }: Claimed & Pick<RolloutTarget, 'group'>,
  rolloutId: string,
  ports: Pick<RolloutPorts, 'rollouts'>,
): Promise<string | undefined> {
  const database = await ownerOtherThan(rolloutId, { cluster, id }, ports);
  if (database !== undefined) return `it ${database}`;
  const members = group === undefined ? undefined : await ownerOtherThan(rolloutId, membersOf(group), ports);
  return members && `its Active-Active group ${members}`;
}
