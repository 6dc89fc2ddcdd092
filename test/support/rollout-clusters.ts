import { setImmediate } from 'node:timers/promises';
import { RestCluster } from '../../lambdas/adapters/cluster-rest/rest-cluster.ts';
import { type Dialect, newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { type CommandResult, oneByOne, type RunCommand } from '../../lambdas/adapters/rladmin/runner.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { CommandObserver } from '../../lambdas/runtime/ports.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { shortName } from '../../lib/simulator/fleet.ts';
import { answer } from '../../lib/simulator/rladmin.ts';
import { ApiInMemory } from './rollout-api.ts';
import type { RolloutProcess } from './rollout-process.ts';
import { placeOf, type RolloutRules } from './rollout-rules.ts';
import { Troubles } from './rollout-trouble.ts';

/** What a cluster was told, by one way in or the other. */
export interface Told {
  /** From 1, over all clusters. */
  readonly number: number;
  readonly at: Date;
  readonly cluster: string;
  /** The one database that it is about; absent for a look at all of them. */
  readonly database?: string;
  readonly argv: readonly string[];
  readonly isWrite: boolean;
}

const isWrite = ([word]: readonly string[]): boolean => word === 'bind' || word === 'tune' || word === 'PUT';

/** Whether settings of databases are shown. */
const isLook = (argv: readonly string[]): boolean => /^(?:status\b|info db\b|GET \/v1\/bdbs(?:\/\d+)?(?:\?|$))/.test(argv.join(' '));

function databaseIn(argv: readonly string[]): string | undefined {
  const uid = /^\/v1\/bdbs\/(\d+)/.exec(argv[1] ?? '')?.[1];
  return uid === undefined ? argv.find((word) => /^db:\d+$/.test(word)) : `db:${uid}`;
}

/** The clusters of a fleet as the product's own adapters reach them: rladmin, and where wanted the REST API beside it. All they are told is noted. */
export class RolloutClusters {
  readonly told: Told[] = [];
  /** Short names of the clusters that do not answer. */
  readonly silent = new Set<string>();
  readonly troubles = new Troubles();
  readonly #clusters: ReadonlyMap<string, SimulatedCluster>;
  readonly #clock: Clock;
  readonly #rules: RolloutRules;
  readonly #dialects = new Map<string, Dialect>();
  readonly #apis = new Map<string, ApiInMemory>();

  constructor(fleet: readonly SimulatedCluster[], clock: Clock, rules: RolloutRules) {
    this.#clusters = new Map(fleet.map((cluster) => [shortName(cluster), cluster]));
    this.#clock = clock;
    this.#rules = rules;
  }

  get names(): string[] {
    return [...this.#clusters.keys()];
  }

  /** Writes in the order in which they were sent. */
  get writes(): Told[] {
    return this.told.filter((told) => told.isWrite);
  }

  /** @throws StepError `ClusterAccessError` as a configuration does that has no such cluster. */
  named(name: string): SimulatedCluster {
    const cluster = this.#clusters.get(name);
    if (!cluster) throw new StepError('ClusterAccessError', `no cluster "${name}" is configured`);
    return cluster;
  }

  overRladmin(name: string, process: RolloutProcess, observe: CommandObserver): RladminCluster {
    const cluster = this.named(name);
    const dialect = this.#dialects.get(name) ?? newDialect();
    this.#dialects.set(name, dialect);
    const run: RunCommand = (command, limitSeconds) => process.call(() => this.#run(cluster, [...command], limitSeconds, process));
    return new RladminCluster({ name, runner: oneByOne(run), clock: this.#clock, dialect, observe });
  }

  overRest(name: string, observe: CommandObserver): RestCluster {
    const cluster = this.named(name);
    const api =
      this.#apis.get(name) ??
      new ApiInMemory({
        cluster,
        clock: this.#clock,
        isReachable: () => !this.silent.has(name),
        onRequest: (argv) => this.#note(name, argv),
      });
    this.#apis.set(name, api);
    return new RestCluster({ name, api, clock: this.#clock, observe });
  }

  async #run(cluster: SimulatedCluster, argv: string[], limitSeconds: number, process: RolloutProcess): Promise<CommandResult> {
    const name = shortName(cluster);
    const line = argv.join(' ');
    // As the start of a process does, it lets everything else go on: lanes that run side by side meet in between.
    await setImmediate();
    await this.troubles.meet(name, line, 'before');
    if (process.isDead) return gone;
    if (this.silent.has(name)) {
      await this.#clock.sleep(limitSeconds);
      return { ...gone, ended: 'timed-out' };
    }
    this.#note(name, argv);
    const { stdout, stderr, exitCode, delayMs, hang } = answer(cluster, argv);
    await this.troubles.meet(name, line, 'after');
    await this.#clock.sleep(hang ? limitSeconds : delayMs / 1000);
    const ended = hang ? 'timed-out' : exitCode === null ? 'killed' : 'exited';
    return { ended, exitCode, stdout, stderr };
  }

  #note(cluster: string, argv: readonly string[]): void {
    const database = databaseIn(argv);
    const told = { number: this.told.length + 1, at: this.#clock.now(), cluster, argv, isWrite: isWrite(argv) };
    this.told.push({ ...told, ...(database !== undefined && { database }) });
    if (isLook(argv)) this.#rules.read(cluster, database);
    if (!told.isWrite) return;
    if (database !== undefined) this.#rules.wrote(placeOf(cluster, database), argv);
  }
}

const gone: CommandResult = { ended: 'killed', exitCode: null, stdout: '', stderr: '' };
