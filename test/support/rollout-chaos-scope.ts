import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import type { Aftermath, Ended } from './rollout-chaos-run.ts';
import { fleetOf } from './rollout-chaos-situation.ts';
import { type Place, placeOf } from './rollout-rules.ts';

/** One that got another name while it was read may be taken for two: what it is then is known of neither. */
const isRenamed = ({ lab, situation }: Aftermath, place: Place): boolean => {
  const [on, id] = place.split('/');
  const nameIn = (fleet: readonly SimulatedCluster[]) =>
    fleet.find((cluster) => shortName(cluster) === on)?.databases.find((database) => `db:${database.id}` === id)?.name;
  return nameIn(lab.fleet) !== nameIn(fleetOf(situation));
};

/** Each selected database is exactly one target, and nothing else is. Where the plan has blockers, some may be missing. */
export function ofSelection(aftermath: Aftermath, { id, record, targets }: Ended): string[] {
  const places = targets.map((target) => placeOf(target.cluster, target.id));
  const positions = new Set(targets.map(({ position }) => position));
  const { surely, maybe } = aftermath.lab.scopeOf(id);
  const isWhole = record.plan !== undefined && record.plan.blockers.length === 0;
  return [
    ...places.filter((place, index) => places.indexOf(place) !== index).map((place) => `twice a target: ${place}`),
    ...(positions.size === targets.length ? [] : ['two targets have one position']),
    ...places.filter((place) => !maybe.includes(place)).map((place) => `target not selected: ${place}`),
    ...(isWhole ? surely : [])
      .filter((place) => !places.includes(place) && !isRenamed(aftermath, place))
      .map((place) => `selected, and no target: ${place}`),
  ];
}
