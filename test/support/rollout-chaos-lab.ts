import type { Control, RolloutRecord } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile, type RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import type { RolloutPorts } from '../../lambdas/rollout/step.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { History } from './rollout-chaos-history.ts';
import { selectedOn } from './rollout-chaos-selection.ts';
import { fileOf, fleetOf, type Situation } from './rollout-chaos-situation.ts';
import { RolloutLab } from './rollout-lab.ts';
import type { Place } from './rollout-rules.ts';

export const FIRST = 'rol-first';
export const SECOND = 'rol-second';

interface Scope {
  readonly surely: Place[];
  readonly maybe: Place[];
}

const scopeBetween = (before: Place[], after: Place[]): Scope => ({
  surely: before.filter((place) => after.includes(place)),
  maybe: [...new Set([...before, ...after])],
});

/** A lab that notes beside the product what really happens to its databases. */
export class ChaosLab extends RolloutLab {
  readonly history: History;
  readonly fleet: readonly SimulatedCluster[];
  /** As each rollout was begun with. */
  readonly files: Readonly<Record<string, RolloutFileInput>>;
  /** What each rollout selects, by the state of each cluster when it was last read as a whole before the plan was made. */
  readonly scopes = new Map<string, Map<string, Scope>>();
  /** Clusters that something happened to, with what. */
  readonly disturbed = new Map<string, string[]>();
  readonly planned = new Set<string>();
  /** What somebody asked for, and was not refused. */
  readonly asked: { readonly id: string; readonly control: Control }[] = [];
  crashes = 0;
  /** From a crash on until somebody takes up what it left. */
  isDown = false;
  alarmsRaised = 0;
  readonly #watchedFleet: boolean;

  constructor(situation: Situation) {
    const fleet = fleetOf(situation);
    super({ fleet, watched: situation.watched });
    this.fleet = fleet;
    this.#watchedFleet = situation.watched;
    this.history = new History(fleet, this.clock);
    const { second } = situation;
    this.files = {
      [FIRST]: fileOf(situation.outline, fleet, situation.watched),
      ...(second && { [SECOND]: fileOf(second.outline, fleet, situation.watched) }),
    };
    this.rules.isSelected = (place) => Object.keys(this.files).some((id) => this.scopeOf(id).maybe.includes(place));
    this.on((event, id) => void (event.type === 'planned' && this.planned.add(id)));
  }

  /** What a rollout selects for sure, and what it may select: they differ where a cluster changed while it was read. */
  scopeOf(id: string): Scope {
    const scopes = [...(this.scopes.get(id)?.values() ?? [])];
    return { surely: scopes.flatMap(({ surely }) => surely), maybe: scopes.flatMap(({ maybe }) => maybe) };
  }

  override crash(): void {
    this.crashes += 1;
    this.isDown = true;
    super.crash();
    this.history.died();
  }

  override takeUp(rolloutId?: string): Promise<RolloutRecord> {
    this.isDown = false;
    return super.takeUp(rolloutId);
  }

  override ports(process = this.process): RolloutPorts {
    const ports = super.ports(process);
    return {
      ...ports,
      cluster: async (name, observe) => {
        const writer = this.history.watch(name, await ports.cluster(name, observe));
        return {
          ...writer,
          readAll: async () => {
            const before = this.#select(name);
            const all = await writer.readAll();
            const after = new Map(this.#select(name));
            for (const [id, places] of before) this.#note(id, name, scopeBetween(places, after.get(id) ?? places));
            return all;
          },
        };
      },
    };
  }

  #note(id: string, cluster: string, scope: Scope): void {
    this.scopes.set(id, new Map([...(this.scopes.get(id) ?? []), [cluster, scope]]));
  }

  /** What the rollouts without a plan select on a cluster as it is now. */
  #select(name: string): [string, Place[]][] {
    return Object.entries(this.files)
      .filter(([id]) => !this.planned.has(id))
      .map(([id, file]) => [id, selectedOn(this.cluster(name), { select: RolloutFile.parse(file).select, watched: this.#watchedFleet })]);
  }
}
