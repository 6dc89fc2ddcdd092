import type { RolloutRecord, RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';

/** Another rollout that is not over and has targets of this one. */
export interface Overlap {
  readonly rolloutId: string;
  readonly status: RolloutRecord['status'];
  /** How many targets both have. */
  readonly targets: number;
  /** One of them, as `<cluster>/<name>`. */
  readonly first: string;
}

/** How many rollouts are looked through, the newest ones: older ones that are not over are rare. */
const MOST = 100;

/** Tells a database from every other one, whatever it is called. */
export const keyOf = ({ cluster, id }: Pick<RolloutTarget, 'cluster' | 'id'>): string => `${cluster}/${id}`;

/** Rollouts that are not over and share targets with this one: the later of two gets none of them. */
export async function overlapsOf(
  others: RolloutStore,
  { record, targets }: { readonly record: RolloutRecord; readonly targets: readonly RolloutTarget[] },
): Promise<Overlap[]> {
  const open = (await others.list(MOST)).filter(
    ({ status, request }) => status !== 'ended' && request.rolloutId !== record.request.rolloutId && !request.planOnly,
  );
  const own = new Set(targets.filter(({ wave }) => wave > 0).map(keyOf));
  const found: Overlap[] = [];
  for (const { request, status } of open) {
    const { rolloutId } = request;
    const shared = (await others.targets(rolloutId)).filter((target) => target.wave > 0 && own.has(keyOf(target)));
    const [first] = shared;
    if (first) found.push({ rolloutId, status, targets: shared.length, first: nameOf(first) });
  }
  return found;
}
