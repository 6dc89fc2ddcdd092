import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { oneByOne, type RunCommand } from '../../lambdas/adapters/rladmin/runner.ts';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteRolloutStore } from '../../lambdas/adapters/sqlite/rollout-store.ts';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import type { RolloutPorts } from '../../lambdas/rollout/step.ts';
import { Clusters } from '../../lambdas/runtime/clusters.ts';
import { gatesOf } from '../../lambdas/runtime/gates.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import { systemClock } from '../../lib/local/clock.ts';
import { thisProcess } from '../../lib/local/process.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { shortName, simulatedFleet } from '../../lib/simulator/fleet.ts';
import { answer } from '../../lib/simulator/rladmin.ts';
import { quickRladmin } from './quick-rladmin.ts';

const DATABASES_PER_CLUSTER = 20;

/** How many clusters, and how many databases on each, make so many targets. */
export const sizesOf = (targets: number) => ({
  clusters: Math.max(1, Math.floor(targets / DATABASES_PER_CLUSTER)),
  databases: Math.min(targets, DATABASES_PER_CLUSTER),
});

/** A way to clusters that counts, by cluster, what they are told. */
export interface Reached {
  readonly ports: RolloutPorts;
  readonly commands: ReadonlyMap<string, number>;
}

class Counted extends Map<string, number> {
  add(cluster: string): void {
    this.set(cluster, (this.get(cluster) ?? 0) + 1);
  }
}

function portsOver(folder: string, names: readonly string[], cluster: Ports['cluster']): RolloutPorts {
  const file = join(folder, 'changes.sqlite');
  const configured = Configuration.parse({
    clusters: Object.fromEntries(names.map((name) => [name, { transport: 'exec', rladmin: ['rladmin'] }])),
  });
  return {
    store: new SqliteChangeStore(file, systemClock),
    rollouts: new SqliteRolloutStore(file, systemClock),
    alarms: { raised: async () => [] },
    clusters: names,
    clock: systemClock,
    holder: thisProcess(),
    defaults: {},
    gates: gatesOf(configured, folder),
    cluster,
    health: async () => undefined,
    isCancelled: () => false,
  };
}

/** Simulated clusters in this process. @param latencyMs - how long each command really takes. */
export function inMemory(targets: number, folder: string, latencyMs: number): Reached {
  const fleet = new Map(simulatedFleet({ ...sizesOf(targets), foundAs: ['C1'] }).map((cluster) => [shortName(cluster), cluster]));
  const commands = new Counted();
  const dialects = new Map([...fleet.keys()].map((name) => [name, newDialect()]));
  const run =
    (name: string, cluster: SimulatedCluster): RunCommand =>
    async (command) => {
      commands.add(name);
      await setTimeout(latencyMs);
      const { stdout, stderr, exitCode } = answer(cluster, [...command]);
      // What it remembers of commands is for tests, and would count as memory of the rollout.
      cluster.commands.length = 0;
      return { ended: 'exited', exitCode, stdout, stderr };
    };
  const open: Ports['cluster'] = async (name, observe) => {
    const [cluster, dialect] = [fleet.get(name), dialects.get(name)];
    if (!cluster || !dialect) throw new Error(`there is no cluster ${name}`);
    return new RladminCluster({ name, runner: oneByOne(run(name, cluster)), clock: systemClock, dialect, observe });
  };
  return { ports: portsOver(folder, [...fleet.keys()], open), commands };
}

/** Programs that answer as the rladmin of a cluster, in the folder. @returns their paths, by the names of the clusters. */
export function programs(targets: number, folder: string): Record<string, string> {
  const { clusters, databases } = sizesOf(targets);
  const names = Array.from({ length: clusters }, (_, at) => `rs-${at + 1}`);
  return Object.fromEntries(names.map((name) => [name, quickRladmin(join(folder, name), databases)]));
}

/** Clusters behind programs, reached as a configuration has it that runs rladmin on this machine. */
export function throughPrograms(targets: number, folder: string): Reached {
  const paths = Object.entries(programs(targets, folder));
  const clusters = Object.fromEntries(paths.map(([name, path]) => [name, { transport: 'exec', rladmin: [path] }]));
  const noSecrets = { read: () => Promise.reject(new Error('there are no secrets')) };
  const reached = new Clusters({ configuration: Configuration.parse({ clusters }), clock: systemClock, secrets: noSecrets, folder });
  const commands = new Counted();
  const open: Ports['cluster'] = (name, observe, startAt) =>
    reached.open(
      name,
      async (event) => {
        commands.add(name);
        await observe(event);
      },
      startAt,
    );
  return { ports: portsOver(folder, Object.keys(clusters), open), commands };
}
