import { afterEach } from 'vitest';
import type { RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { effectiveMode } from '../../lambdas/domain/classify.ts';
import { nameOf } from '../../lambdas/domain/rollout/targets.ts';
import { type FleetOptions, simulatedFleet } from '../../lib/simulator/fleet.ts';
import { ROLLOUT_ID, RolloutLab, type RolloutLabProps } from './rollout-lab.ts';
import { loseProxies } from './rollout-trouble.ts';

/** Everything of a fleet, in waves of one, three and the rest; each change and each bake as short as they may be. */
export const FILE: RolloutFileInput = {
  name: 'scene',
  requestedBy: 'alice',
  select: { clusters: ['*'] },
  waves: { canary: 1, sizes: [3, '100%'] },
  bake: { seconds: 600, samples: 2 },
  verification: { settleSeconds: 1, intervalSeconds: 1, samples: 2 },
};

const opened: RolloutLab[] = [];
afterEach(() => {
  for (const lab of opened.splice(0)) lab.close();
});

/** A fleet of centralized databases that can all be distributed, unless it is said otherwise. */
export function labOf(fleet: Partial<FleetOptions> = {}, props: Partial<RolloutLabProps> = {}): RolloutLab {
  const lab = new RolloutLab({ fleet: simulatedFleet({ clusters: 3, databases: 4, foundAs: ['C1'], ...fleet }), ...props });
  opened.push(lab);
  return lab;
}

/** What the cluster says of a target now, however the rollout sees it. */
export const modeNow = (lab: RolloutLab, { cluster, id }: Pick<RolloutTarget, 'cluster' | 'id'>): string => {
  const { syncerMode, endpoints } = lab.database(`${cluster}/${id}`);
  return effectiveMode({ syncerMode, endpoints: endpoints.map((each) => ({ ...each, id: '1:1' as const })) });
};

/** Where the targets stand, by state. */
export async function statesOf(lab: RolloutLab, rolloutId = ROLLOUT_ID): Promise<Record<string, string[]>> {
  const byState = Map.groupBy(await lab.targets(rolloutId), ({ state }) => state);
  return Object.fromEntries([...byState].map(([state, all]) => [state, all.map(nameOf)]));
}

export async function countsOf(lab: RolloutLab, rolloutId = ROLLOUT_ID): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await statesOf(lab, rolloutId)).map(([state, all]) => [state, all.length]));
}

/** What holds whatever happened: the rules held at every moment, nobody holds a lock, and what is called applied is distributed. */
export async function breaches(lab: RolloutLab, rolloutId = ROLLOUT_ID): Promise<string[]> {
  const targets = await lab.targets(rolloutId);
  const locked = new Set((await lab.locks()).map(({ cluster, database }) => `${cluster}/${database}`));
  const needing = new Set(targets.filter(({ state }) => state === 'needs-operator').map(({ cluster, id }) => `${cluster}/${id}`));
  const isTold = (target: RolloutTarget): boolean => {
    if (target.state === 'needs-operator' || target.state === 'unchanged') return true;
    return modeNow(lab, target) === (target.state === 'applied' ? 'distributed' : 'centralized');
  };
  return [
    ...lab.rules.broken,
    ...[...locked].filter((place) => !needing.has(place)).map((place) => `a lock is left on ${place}`),
    ...targets
      .filter((target) => !isTold(target))
      .map((target) => `${nameOf(target)} is ${target.state}, and ${modeNow(lab, target)} in effect`),
  ];
}

/** Each of these switches, counted over the whole fleet from 1, loses its proxies as soon as it is made. */
export function failSwitches(lab: RolloutLab, ...numbers: number[]): void {
  for (const nth of numbers)
    lab.at({
      on: /^tune db db:\d+ syncer_mode distributed$/,
      nth,
      when: 'after',
      happens: () => {
        const told = lab.clusters.writes.at(-1);
        if (told?.database) loseProxies(lab.cluster(told.cluster), Number(told.database.slice('db:'.length)));
      },
    });
}
